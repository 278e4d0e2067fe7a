package adopt_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox/adopt"
)

const (
	vpc    = "urn:pulumi:prod::coffee-platform::aws:ec2/vpc:Vpc::network"
	subnet = "urn:pulumi:prod::coffee-platform::aws:ec2/subnet:Subnet::network"
	key    = "urn:pulumi:prod::coffee-platform::aws:kms/key:Key::postgres"
)

// state has a VPC, a pending creation of a subnet in it, one of a key, and the pending update of the VPC.
func state() apitype.UntypedDeployment {
	return apitype.UntypedDeployment{Version: 3, Deployment: json.RawMessage(`{
		"manifest": {"magic": "m"}, "big": 12345678901234567890, "newer": {"a": 1},
		"resources": [{"urn": "` + vpc + `", "custom": true, "id": "vpc-1", "type": "aws:ec2/vpc:Vpc"}],
		"pending_operations": [
			{"type": "updating", "resource": {"urn": "` + vpc + `", "id": "vpc-1"}},
			{"type": "creating", "resource": {"urn": "` + subnet + `", "custom": true, "type": "aws:ec2/subnet:Subnet",
				"inputs": {"vpcId": "vpc-1"}, "dependencies": ["` + vpc + `"], "protect": true, "newer": [1]}},
			{"type": "creating", "resource": {"urn": "` + key + `", "custom": true, "type": "aws:kms/key:Key"}}
		]}`)}
}

func TestAdopting(t *testing.T) {
	adopted, err := adopt.PendingCreates(state(), map[string]string{subnet: "subnet-1"})
	require.NoError(t, err)
	assert.Equal(t, 3, adopted.Version)
	assert.JSONEq(t, `{
		"manifest": {"magic": "m"}, "big": 12345678901234567890, "newer": {"a": 1},
		"resources": [{"urn": "`+vpc+`", "custom": true, "id": "vpc-1", "type": "aws:ec2/vpc:Vpc"},
			{"urn": "`+subnet+`", "custom": true, "id": "subnet-1", "type": "aws:ec2/subnet:Subnet",
				"inputs": {"vpcId": "vpc-1"}, "dependencies": ["`+vpc+`"], "protect": true, "newer": [1]}],
		"pending_operations": [
			{"type": "updating", "resource": {"urn": "`+vpc+`", "id": "vpc-1"}},
			{"type": "creating", "resource": {"urn": "`+key+`", "custom": true, "type": "aws:kms/key:Key"}}
		]}`, string(adopted.Deployment))
	assert.Contains(t, string(adopted.Deployment), "12345678901234567890", "a number was rounded")
}

func TestWhatIsNotAdopted(t *testing.T) {
	before := state()
	after, err := adopt.PendingCreates(before, map[string]string{vpc: "vpc-2", subnet: "", "urn:pulumi:x": "y"})
	require.ErrorContains(t, err, vpc+" is not a pending creation of this stack")
	require.ErrorContains(t, err, subnet+" is to be adopted, and no id is given")
	require.ErrorContains(t, err, "urn:pulumi:x is not a pending creation of this stack")
	assert.Equal(t, before, after)
}

// The state has room for one resource of a URN: of a replacement, the old one is in it.
func TestAReplacementIsNotAdopted(t *testing.T) {
	replacing := apitype.UntypedDeployment{Deployment: json.RawMessage(`{"resources": [{"urn": "` + vpc + `", "id": "vpc-1"}],
		"pending_operations": [{"type": "creating", "resource": {"urn": "` + vpc + `"}}]}`)}
	_, err := adopt.PendingCreates(replacing, map[string]string{vpc: "vpc-2"})
	assert.ErrorContains(t, err, vpc+" was being replaced, and the state has the old one: delete the new one, vpc-2, in the cloud")
}

func TestWhatIsNoState(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"resources": [1]}`, `{"pending_operations": ["x"]}`} {
		_, err := adopt.PendingCreates(apitype.UntypedDeployment{Deployment: json.RawMessage(text)}, map[string]string{vpc: "vpc-1"})
		assert.ErrorContains(t, err, "reading the state", text)
	}
}
