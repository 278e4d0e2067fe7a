package analyzer

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/rules"
)

// pathRule is c20, which judges a resource with what was asked for before it.
func pathRule(t *testing.T) rule.Rule {
	for _, r := range rules.All() {
		if r.ID == "c20" {
			return r
		}
	}
	require.Fail(t, "there is no rule c20")
	return rule.Rule{}
}

// pathPieces are the pieces of a path to a public database, with the ids that an update knows.
var pathPieces = []struct {
	typ    string
	inputs map[string]any
}{
	{"aws:rds/subnetGroup:SubnetGroup", map[string]any{"name": "data", "subnetIds": []any{"subnet-1"}}},
	{"aws:ec2/routeTableAssociation:RouteTableAssociation", map[string]any{"subnetId": "subnet-1", "routeTableId": "rtb-1"}},
	{"aws:ec2/route:Route", map[string]any{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}},
	{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", map[string]any{"securityGroupId": "sg-1", "cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}},
	{"aws:rds/instance:Instance", map[string]any{"engine": "postgres", "publiclyAccessible": true, "dbSubnetGroupName": "data", "vpcSecurityGroupIds": []any{"sg-1"}}},
}

func pathPiece(i int) *pulumirpc.AnalyzeRequest {
	piece := pathPieces[i]
	return &pulumirpc.AnalyzeRequest{
		Urn: urnOf(piece.typ), Type: piece.typ, Name: "piece",
		Properties: encode(resource.NewPropertyMapFromMap(piece.inputs)),
	}
}

// Whichever piece comes last, the path is refused before that piece is made: not when the stack is
// there as a whole, which is too late.
func TestTheLastPieceOfAPathIsRefusedBeforeItIsMade(t *testing.T) {
	for last := range pathPieces {
		t.Run(pathPieces[last].typ, func(t *testing.T) {
			s, _, _ := newServer(t, pathRule(t))
			_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "dev", Project: "coffee"})
			require.NoError(t, err)
			for i := range pathPieces {
				if i == last {
					continue
				}
				response, err := s.Analyze(ctx, pathPiece(i))
				require.NoError(t, err)
				assert.Empty(t, response.Diagnostics, "%s completes nothing yet", pathPieces[i].typ)
			}
			response, err := s.Analyze(ctx, pathPiece(last))
			require.NoError(t, err)
			require.Len(t, response.Diagnostics, 1)
			d := response.Diagnostics[0]
			assert.Equal(t, pulumirpc.EnforcementLevel_MANDATORY, d.EnforcementLevel)
			assert.Contains(t, d.Message, "can be reached from the internet: internet → internet gateway igw-1 → subnet subnet-1 (route 0.0.0.0/0 in table rtb-1) → "+
				"security group sg-1 admits 0.0.0.0/0 to tcp 5432 → aws:rds/instance piece, which has a public address.")
		})
	}
}

// A preview knows no ids; there the whole stack is judged, before anything is made.
func TestAPreviewIsJudgedAsAWhole(t *testing.T) {
	s, _, _ := newServer(t, pathRule(t))
	_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "dev", Project: "coffee", DryRun: true})
	require.NoError(t, err)
	for i := range pathPieces {
		response, err := s.Analyze(ctx, pathPiece(i))
		require.NoError(t, err)
		assert.Empty(t, response.Diagnostics)
		require.Len(t, response.NotApplicable, 1)
	}
}
