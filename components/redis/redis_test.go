package redis_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/redis"
	"coffee-platform/components/storedsecret"
	"coffee-platform/internal/testkit"
)

const (
	groupType    = "aws:elasticache/replicationGroup:ReplicationGroup"
	logGroupType = "aws:cloudwatch/logGroup:LogGroup"
	ruleType     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	secretType   = "aws:secretsmanager/secret:Secret"
	versionType  = "aws:secretsmanager/secretVersion:SecretVersion"
	passwordType = "random:index/randomPassword:RandomPassword"
)

func validArgs() *redis.Args {
	return &redis.Args{
		Engine:                "redis",
		Version:               "7.1",
		NodeType:              "cache.t4g.small",
		Nodes:                 2,
		MultiAZ:               true,
		SnapshotRetentionDays: 7,
		SnapshotWindow:        "03:00-04:00",
		MaintenanceWindow:     "sun:05:00-sun:06:00",
		LogRetentionDays:      30,
		AuthTokenEpoch:        "2026-11-01",
		FinalSnapshot:         true,
		Protect:               true,
		Region:                testkit.Region,
		AccountID:             testkit.Account,
	}
}

// program gives the group a network to be in, as its user does.
func program(args *redis.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := create(ctx, args)
		return err
	}
}

func create(ctx *pulumi.Context, args *redis.Args) (*redis.Redis, error) {
	network, err := testkit.NewNetwork(ctx)
	if err != nil {
		return nil, err
	}
	args.VPCID = network.VPCID
	args.SubnetIDs = network.SubnetIDs
	args.Clients = map[string]pulumi.StringInput{"pods": network.ClientGroupID}
	return redis.New(ctx, "redis", args)
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var own int
			for _, x := range r.All() {
				if r.Descends(x, "coffee:redis:Redis") {
					own++
				}
			}
			assert.Equal(t, 12, own, "%v", r.Names())
			assert.Len(t, r.All(), own+testkit.NetworkResources, "the network's are not the component's: %v", r.Names())
		})
	}
}

func TestGroupIsEncryptedAndAsksForAToken(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			g := testkit.MustRun(t, mode, program(validArgs())).One(t, groupType, "redis")
			assert.Equal(t, true, g.Get(t, "transitEncryptionEnabled"))
			assert.Equal(t, "required", g.Get(t, "transitEncryptionMode"), "preferred lets plain connections in")
			assert.Equal(t, true, g.Get(t, "atRestEncryptionEnabled"))
		})
	}
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	g := r.One(t, groupType, "redis")
	assert.Contains(t, g.Get(t, "kmsKeyId"), ":key/")
	assert.Regexp(t, `^[A-Za-z0-9]{64}$`, g.Get(t, "authToken"), "nothing in it needs escaping in a URL")
	assert.Equal(t, g.Get(t, "kmsKeyId"), r.One(t, secretType, "redis-auth-token").Get(t, "kmsKeyId"))
}

// Wherever the token is an input, it is one that Pulumi encrypts; the tag and the description do not
// give it away.
func TestTokenIsASecretEverywhere(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	token := r.One(t, groupType, "redis").Get(t, "authToken").(string)
	var places []string
	for _, x := range r.All() {
		for _, name := range slices.Sorted(maps.Keys(x.Inputs)) {
			if text, err := json.Marshal(x.Inputs[name]); assert.NoError(t, err) && strings.Contains(string(text), token) {
				places = append(places, x.Type+" "+name)
				assert.True(t, x.Secret[name], "%s of %s holds the token in the open", name, x.URN)
			}
		}
	}
	assert.Equal(t, []string{groupType + " authToken", versionType + " secretString"}, places)
}

// Clients read the token from the secret, and not before the group accepts it.
func TestTokenIsStored(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	version := r.One(t, versionType, "redis-auth-token")
	token := r.One(t, groupType, "redis").Get(t, "authToken").(string)
	assert.JSONEq(t, fmt.Sprintf(`{"password": %q}`, token), version.Get(t, "secretString").(string))
	assert.Contains(t, version.Dependencies, r.One(t, groupType, "redis").URN)
	secret := r.One(t, secretType, "redis-auth-token")
	assert.Equal(t, "2026-11-01", secret.Get(t, "tags", storedsecret.EpochTag))
	assert.Contains(t, version.Get(t, "secretId"), ":secret:redis-auth-token-")
}

// A token is made for its epoch, and the group told whether the one before it is still good.
func TestTokenRotation(t *testing.T) {
	for keep, strategy := range map[bool]string{true: "ROTATE", false: "SET"} {
		args := validArgs()
		args.AuthTokenEpoch, args.KeepPreviousAuthToken = "2027-01-31", keep
		r := testkit.MustRun(t, testkit.Update, program(args))
		assert.Equal(t, strategy, r.One(t, groupType, "redis").Get(t, "authTokenUpdateStrategy"))
		assert.Equal(t, map[string]any{"epoch": "2027-01-31"}, r.One(t, passwordType, "redis-auth-token").Get(t, "keepers"))
	}
}

// Dramatiq's messages are never dropped to make room for others, and its Lua finds all keys in one shard.
func TestGroupIsFitForABroker(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	parameters := r.One(t, "aws:elasticache/parameterGroup:ParameterGroup", "redis")
	assert.Equal(t, "redis7", parameters.Get(t, "family"))
	assert.Contains(t, parameters.Get(t, "parameters"), map[string]any{"name": "maxmemory-policy", "value": "noeviction"})
	g := r.One(t, groupType, "redis")
	assert.Contains(t, g.Get(t, "parameterGroupName"), "redis-")
	assert.Equal(t, "disabled", g.Get(t, "clusterMode"))
	assert.NotContains(t, g.Inputs, "numNodeGroups")
}

// Nobody but the named clients, on one port; and nothing out.
func TestOnlyClientsReachTheGroup(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	require.Len(t, r.OfType(ruleType), 1)
	rule := r.One(t, ruleType, "redis-from-pods")
	assert.EqualValues(t, redis.Port, rule.Get(t, "fromPort"))
	assert.EqualValues(t, redis.Port, rule.Get(t, "toPort"))
	assert.Equal(t, "tcp", rule.Get(t, "ipProtocol"))
	assert.Contains(t, rule.Get(t, "referencedSecurityGroupId"), "sg-")
	assert.NotContains(t, rule.Inputs, "cidrIpv4")
	group := r.One(t, "aws:ec2/securityGroup:SecurityGroup", "redis")
	assert.NotContains(t, group.Inputs, "ingress")
	assert.NotContains(t, group.Inputs, "egress")
	g := r.One(t, groupType, "redis")
	assert.Equal(t, redis.Port, int(g.Get(t, "port").(float64)))
	assert.Len(t, g.Get(t, "securityGroupIds"), 1)
	assert.Contains(t, g.Get(t, "subnetGroupName"), "redis-")
	assert.Len(t, r.One(t, "aws:elasticache/subnetGroup:SubnetGroup", "redis").Get(t, "subnetIds"), 2)
}

func TestSettingsReachTheGroup(t *testing.T) {
	args := validArgs()
	args.ApplyImmediately = true
	g := testkit.MustRun(t, testkit.Update, program(args)).One(t, groupType, "redis")
	for input, want := range map[string]any{
		"engine": "redis", "engineVersion": "7.1", "nodeType": "cache.t4g.small", "numCacheClusters": 2.,
		"automaticFailoverEnabled": true, "multiAzEnabled": true, "snapshotRetentionLimit": 7.,
		"snapshotWindow": "03:00-04:00", "maintenanceWindow": "sun:05:00-sun:06:00",
		"applyImmediately": true, "autoMinorVersionUpgrade": true,
	} {
		assert.Equal(t, want, g.Get(t, input), input)
	}
}

func TestSingleNodeHasNoFailover(t *testing.T) {
	args := validArgs()
	args.Nodes, args.MultiAZ = 1, false
	g := testkit.MustRun(t, testkit.Update, program(args)).One(t, groupType, "redis")
	assert.Equal(t, false, g.Get(t, "automaticFailoverEnabled"))
	assert.Equal(t, false, g.Get(t, "multiAzEnabled"))
	assert.Equal(t, false, g.Get(t, "applyImmediately"), "said, not left to a default")
}

func TestEverySupportedVersionHasItsFamily(t *testing.T) {
	for engine, versions := range redis.Families {
		for version, family := range versions {
			args := validArgs()
			args.Engine, args.Version = engine, version
			r := testkit.MustRun(t, testkit.Update, program(args))
			assert.Equal(t, family, r.One(t, "aws:elasticache/parameterGroup:ParameterGroup", "redis").Get(t, "family"))
			assert.Equal(t, engine, r.One(t, groupType, "redis").Get(t, "engine"))
		}
	}
}

func TestLogsAreKept(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	deliveries := r.One(t, groupType, "redis").Get(t, "logDeliveryConfigurations").([]any)
	require.Len(t, deliveries, 2)
	for i, kind := range []string{"slow-log", "engine-log"} {
		assert.EqualValues(t, 30, r.One(t, logGroupType, "redis-"+kind).Get(t, "retentionInDays"))
		delivery := deliveries[i].(map[string]any)
		assert.Equal(t, kind, delivery["logType"])
		assert.Contains(t, delivery["destination"], "redis-"+kind)
		assert.Equal(t, "json", delivery["logFormat"])
		assert.Contains(t, r.One(t, "aws:cloudwatch/logGroup:LogGroup", "redis-"+kind).Get(t, "kmsKeyId"), ":key/")
	}
}

func TestFinalSnapshot(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Regexp(t, `^redis-final-[0-9a-f]{8}$`, r.One(t, groupType, "redis").Get(t, "finalSnapshotIdentifier"))
	assert.True(t, r.One(t, "aws:kms/key:Key", "redis").RetainOnDelete, "nobody could read the snapshot")
	args := validArgs()
	args.FinalSnapshot = false
	r = testkit.MustRun(t, testkit.Update, program(args))
	assert.NotContains(t, r.One(t, groupType, "redis").Inputs, "finalSnapshotIdentifier")
	assert.False(t, r.One(t, "aws:kms/key:Key", "redis").RetainOnDelete)
}

func TestProtect(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		assert.Equal(t, protected, r.One(t, groupType, "redis").Protect)
		secret := r.One(t, secretType, "redis-auth-token")
		assert.Equal(t, protected, secret.Protect)
		assert.EqualValues(t, 30, secret.Get(t, "recoveryWindowInDays"))
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "redis").Protect, "without its key the last snapshot is nothing")
	}
}

func TestOutputs(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		r, err := create(ctx, validArgs())
		if err != nil {
			return err
		}
		_, err = cloudwatch.NewLogGroup(ctx, "user", &cloudwatch.LogGroupArgs{Tags: pulumi.StringMap{
			"address": r.Address, "secret": r.AuthTokenSecretARN, "version": r.AuthTokenVersion, "key": r.KeyARN, "group": r.SecurityGroupID,
		}})
		return err
	})
	user := r.One(t, logGroupType, "user")
	assert.Regexp(t, `^master\.redis-[0-9a-f]{7}\..*\.cache\.amazonaws\.com$`, user.Get(t, "tags", "address"))
	assert.Equal(t, r.One(t, versionType, "redis-auth-token").Get(t, "secretId"), user.Get(t, "tags", "secret"))
	assert.NotEmpty(t, user.Get(t, "tags", "version"))
	assert.Equal(t, r.One(t, groupType, "redis").Get(t, "kmsKeyId"), user.Get(t, "tags", "key"))
	assert.Equal(t, r.One(t, groupType, "redis").Get(t, "securityGroupIds", 0), user.Get(t, "tags", "group"))
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*redis.Args)
		want   string
	}{
		{"engine", func(a *redis.Args) { a.Engine = "memcached" }, `engine: "memcached" is not a supported engine: use one of [redis valkey]`},
		{"version", func(a *redis.Args) { a.Version = "6.2" }, `version: "6.2" is not a supported version of redis: use one of [7.1]`},
		{"patch version", func(a *redis.Args) { a.Version = "7.1.0" }, "version: "},
		{"version of the other engine", func(a *redis.Args) { a.Engine = "valkey" }, `version: "7.1" is not a supported version of valkey: use one of [8.0 8.1 8.2]`},
		{"node type", func(a *redis.Args) { a.NodeType = "t4g.small" }, `nodeType: "t4g.small" is not an ElastiCache node type: write one like cache.t4g.small`},
		{"database class", func(a *redis.Args) { a.NodeType = "db.t4g.small" }, "nodeType: "},
		{"no nodes", func(a *redis.Args) { a.Nodes = 0 }, "nodes: 0 is outside 1 to 6"},
		{"too many nodes", func(a *redis.Args) { a.Nodes = 7 }, "nodes: 7 is outside 1 to 6"},
		{"nothing to fail over to", func(a *redis.Args) { a.Nodes = 1 }, "nodes: 1 leaves nothing to fail over to: multiAz needs at least 2"},
		{"too many snapshots", func(a *redis.Args) { a.SnapshotRetentionDays = 36 }, "snapshotRetentionDays: 36 is outside 0 to 35 days"},
		{"negative snapshots", func(a *redis.Args) { a.SnapshotRetentionDays = -1 }, "snapshotRetentionDays: "},
		{"snapshot window", func(a *redis.Args) { a.SnapshotWindow = "3-4" }, `snapshotWindow: "3-4" is not a daily window: write one like 03:00-04:00`},
		{"no such hour", func(a *redis.Args) { a.SnapshotWindow = "23:00-24:00" }, `snapshotWindow: "23:00-24:00" has no time 24:00`},
		{"short window", func(a *redis.Args) { a.SnapshotWindow = "03:00-03:59" }, `snapshotWindow: "03:00-03:59" is shorter than an hour`},
		{"maintenance window", func(a *redis.Args) { a.MaintenanceWindow = "05:00-06:00" }, "maintenanceWindow: "},
		{"no such day", func(a *redis.Args) { a.MaintenanceWindow = "son:05:00-sun:06:00" }, `maintenanceWindow: "son:05:00-sun:06:00" has no day son`},
		{"short maintenance", func(a *redis.Args) { a.MaintenanceWindow = "sun:05:00-sun:05:30" }, `maintenanceWindow: "sun:05:00-sun:05:30" is shorter than an hour`},
		{"log retention", func(a *redis.Args) { a.LogRetentionDays = 31 }, "logRetentionDays: CloudWatch Logs cannot keep logs for 31 days"},
		{"no epoch", func(a *redis.Args) { a.AuthTokenEpoch = "" }, `authTokenEpoch: "" is not a day: write it like 2026-11-01`},
		{"no such day of the year", func(a *redis.Args) { a.AuthTokenEpoch = "2026-02-30" }, "authTokenEpoch: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			err := testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := redis.New(ctx, "redis", args)
				return err
			})
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// Windows may go past midnight, and past the end of the week.
func TestWindowsThatWrap(t *testing.T) {
	args := validArgs()
	args.SnapshotWindow, args.MaintenanceWindow = "23:30-00:30", "sun:23:30-mon:00:30"
	assert.Empty(t, args.Validate())
}
