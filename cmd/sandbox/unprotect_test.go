package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Advice names the components of what is protected, and no others.
func TestHowToUnprotect(t *testing.T) {
	advice := howToUnprotect("staging", []string{"cluster"}, []string{
		"urn:pulumi:staging::coffee-platform::coffee:redis:Redis$aws:kms/key:Key::redis",
		"urn:pulumi:staging::coffee-platform::coffee:media:Media$aws:s3/bucket:Bucket::media",
		"urn:pulumi:staging::coffee-platform::coffee:redis:Redis$aws:elasticache/replicationGroup:ReplicationGroup::redis",
	})
	assert.Contains(t, advice, "Pulumi.staging.yaml")
	assert.Contains(t, advice, "coffee-platform:unprotected: [cluster, media, redis]")
	assert.NotContains(t, advice, "lockDays")
	assert.Contains(t, advice, "\n  deletionProtection: false under cluster\n  forceDestroy: true under media")

	assert.NotContains(t, howToUnprotect("prod", nil, []string{
		"urn:pulumi:prod::coffee-platform::coffee:redis:Redis$aws:kms/key:Key::redis",
	}), "AWS refuses too")
}
