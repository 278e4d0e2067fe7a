package sandbox

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pendingVPC(name string, found ...string) PendingCreate {
	return PendingCreate{URN: resource.URN("urn:pulumi:dev::coffee-platform::aws:ec2/vpc:Vpc::network-" + name), Type: "aws:ec2/vpc:Vpc", Found: found}
}

func TestWhose(t *testing.T) {
	ids, err := whose([]PendingCreate{pendingVPC("a", "vpc-1"), pendingVPC("b"), pendingVPC("c", "vpc-3")})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"urn:pulumi:dev::coffee-platform::aws:ec2/vpc:Vpc::network-a": "vpc-1",
		"urn:pulumi:dev::coffee-platform::aws:ec2/vpc:Vpc::network-c": "vpc-3",
	}, ids)
}

// What fits twice is for a person to tell.
func TestAmbiguity(t *testing.T) {
	_, err := whose([]PendingCreate{pendingVPC("a", "vpc-1", "vpc-2")})
	require.ErrorIs(t, err, ErrAmbiguous)
	assert.ErrorContains(t, err, "network-a may have made any of vpc-1, vpc-2")

	_, err = whose([]PendingCreate{pendingVPC("a", "vpc-1"), pendingVPC("b", "vpc-1")})
	require.ErrorIs(t, err, ErrAmbiguous)
	assert.ErrorContains(t, err, "vpc-1 was made by urn:pulumi:dev::coffee-platform::aws:ec2/vpc:Vpc::network-a or by urn")

	same := pendingVPC("b", "vpc-1")
	same.Type = "aws:ec2/subnet:Subnet"
	_, err = whose([]PendingCreate{pendingVPC("a", "vpc-1"), same})
	assert.NoError(t, err, "an id is unique within its type only")
}
