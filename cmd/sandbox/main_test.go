package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Advice names the settings of what is protected, and no others.
func TestHowToUnprotect(t *testing.T) {
	urn := "urn:pulumi:prod::coffee-platform::coffee:redis:Redis$aws:kms/key:Key::redis"
	advice := howToUnprotect("prod", []string{urn})
	assert.Contains(t, advice, "Pulumi.prod.yaml")
	assert.Contains(t, advice, "coffee-platform:redis: {deletionProtection: false}")
	assert.NotContains(t, advice, "postgres")

	urn = "urn:pulumi:shared::coffee-platform::coffee:registry:Registry$aws:kms/key:Key::registry"
	assert.Contains(t, howToUnprotect("shared", []string{urn}), "No setting lifts that")
}
