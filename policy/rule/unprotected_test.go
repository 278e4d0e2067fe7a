package rule

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGivesUp(t *testing.T) {
	d := Deployment{Unprotected: UnprotectedNamed(`["redis", "cluster"]`)}
	for urn, want := range map[string]bool{
		"urn:pulumi:prod::coffee-platform::coffee:redis:Redis$aws:kms/key:Key::redis":                                   true,
		"urn:pulumi:prod::coffee-platform::coffee:cluster:Cluster$eks:index:Cluster$aws:eks/cluster:Cluster::cluster":   true,
		"urn:pulumi:prod::coffee-platform::coffee:postgres:Postgres$aws:rds/instance:Instance::redis":                   false,
		"urn:pulumi:prod::coffee-platform::aws:kms/key:Key::coffee:redis:Redis":                                         false,
		"urn:pulumi:prod::coffee-platform::coffee:postgres:Postgres$coffee:redis:Redis$aws:kms/key:Key::of-another-one": false,
		"": false,
	} {
		assert.Equal(t, want, d.GivesUp(Resource{URN: urn}), urn)
	}
	assert.False(t, Deployment{}.GivesUp(Resource{URN: "urn:pulumi:prod::coffee-platform::coffee:redis:Redis$aws:kms/key:Key::redis"}))
}

func TestListsThatCannotBeReadNameNothing(t *testing.T) {
	for _, text := range []string{"", "redis", `{"redis": true}`, `[1]`} {
		assert.Empty(t, UnprotectedNamed(text), text)
	}
}
