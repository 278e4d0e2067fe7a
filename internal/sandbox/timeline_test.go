package sandbox

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/sandbox/chain"
)

func TestWaits(t *testing.T) {
	took := map[resource.URN]time.Duration{"cluster": time.Minute}
	nodes := waits([]apitype.ResourceV3{
		{URN: "component"},
		{URN: "aws", Parent: "component"},
		{URN: "role", Provider: "aws::4d110e20-2117-42b6"},
		{URN: "cluster", Delete: true, Parent: "gone"},
		{
			URN: "cluster", Parent: "component", Provider: "aws::4d110e20-2117-42b6",
			Dependencies:         []resource.URN{"role", "key", "policy"},
			PropertyDependencies: map[resource.PropertyKey][]resource.URN{"roleArn": {"role"}, "config": {"key", "role"}, "name": nil},
		},
	}, took)
	assert.Equal(t, []chain.Node{
		{Name: "component"},
		{Name: "aws", Waits: []chain.Wait{{For: "component", Why: "parent"}}},
		{Name: "role", Waits: []chain.Wait{{For: "aws", Why: "provider"}}},
		{Name: "cluster", Takes: time.Minute, Waits: []chain.Wait{
			{For: "key", Why: "input config"},
			{For: "role", Why: "input config, roleArn"},
			{For: "policy", Why: "dependsOn"},
			{For: "aws", Why: "provider"},
			{For: "component", Why: "parent"},
		}},
	}, nodes)
}
