package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/redis"
	"coffee-platform/internal/sandbox"
)

// withRedis is a program of a Redis and the network it is in.
func withRedis(args *redis.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{
			Region: pulumi.String("us-east-1"), AllowedAccountIds: pulumi.ToStringArray([]string{"111122223333"}),
		})
		if err != nil {
			return err
		}
		inAccount := pulumi.Provider(provider)
		vpc, err := ec2.NewVpc(ctx, "vpc", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")}, inAccount)
		if err != nil {
			return err
		}
		subnet, err := ec2.NewSubnet(ctx, "subnet", &ec2.SubnetArgs{
			VpcId: vpc.ID(), CidrBlock: pulumi.String("10.0.0.0/24"), AvailabilityZone: pulumi.String("us-east-1a"),
		}, inAccount)
		if err != nil {
			return err
		}
		args.VPCID, args.SubnetIDs = vpc.ID(), pulumi.StringArray{subnet.ID()}
		_, err = redis.New(ctx, "redis", args, pulumi.Providers(provider))
		return err
	}
}

// tokens are the AUTH token the group takes and the one that its clients read.
func tokens(t *testing.T, s *sandbox.Sandbox) (taken, read string) {
	t.Helper()
	groups := s.Cloud().OfType("aws:elasticache/replicationGroup:ReplicationGroup")
	require.Len(t, groups, 1)
	versions := s.Cloud().OfType("aws:secretsmanager/secretVersion:SecretVersion")
	require.Len(t, versions, 1, "an old version is still there")
	var secret struct{ Password string }
	require.NoError(t, json.Unmarshal([]byte(versions[0].Outputs["secretString"].(string)), &secret))
	return groups[0].Outputs["authToken"].(string), secret.Password
}

// filesWith are the files below a directory that hold a text.
func filesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// A token stays what it is until its epoch changes. It is then replaced in two steps, so that clients with
// the old one and clients with the new one are let in between them; one step alone fails, and nobody
// reads a token that the group does not take.
func TestRedisTokenIsRotatedInTwoSteps(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack = ""
	args := &redis.Args{
		Engine: "redis", Version: "7.1", NodeType: "cache.t4g.micro", Nodes: 1, SnapshotWindow: "03:00-04:00",
		MaintenanceWindow: "sun:05:00-sun:06:00", LogRetentionDays: 7, AuthTokenEpoch: "2026-08-01",
	}
	w.options.Program = func(map[string]string) pulumi.RunFunc { return withRedis(args) }
	s := w.open(t, "dev")
	unchanged := func() {
		t.Helper()
		changes, err := s.Preview(ctx)
		w.must(t, err)
		assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes), w.output.String())
	}

	w.must(t, s.Up(ctx))
	unchanged()
	first, read := tokens(t, s)
	assert.Equal(t, first, read)
	assert.NotEmpty(t, filesWith(t, filepath.Join(w.options.Dir, "state"), "redis-auth-token"), "there is no state to look at")
	assert.Empty(t, filesWith(t, filepath.Join(w.options.Dir, "state"), first), "the state holds the token in the open")

	args.AuthTokenEpoch = "2026-11-01"
	require.Error(t, s.Up(ctx))
	assert.Contains(t, w.output.String(), "ROTATE to the new one first")
	taken, read := tokens(t, s)
	assert.Equal(t, first, taken)
	assert.Equal(t, first, read, "clients read a token the group does not take")

	args.KeepPreviousAuthToken = true
	w.must(t, s.Up(ctx))
	unchanged()
	second, read := tokens(t, s)
	assert.NotEqual(t, first, second)
	assert.Equal(t, second, read)

	args.KeepPreviousAuthToken = false
	w.must(t, s.Up(ctx))
	unchanged()
	taken, read = tokens(t, s)
	assert.Equal(t, second, taken)
	assert.Equal(t, second, read)

	w.must(t, s.Destroy(ctx))
	assert.Empty(t, s.Cloud().All(), "something was left behind")
}
