package stacks

import (
	"io"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/testkit"
	"coffee-platform/policy/analyzer"
	"coffee-platform/policy/configuration"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/rules"
	"coffee-platform/stacks/policies"
)

// newPack is the policy pack with everything that is committed, in this process.
func newPack(t *testing.T) *analyzer.Server {
	t.Helper()
	chosen, err := configuration.Parse(policies.Configuration, rules.All())
	require.NoError(t, err)
	exempt, err := exemption.Parse(policies.Exemptions, rules.All())
	require.NoError(t, err)
	return analyzer.New(analyzer.Pack{
		Name: "coffee-platform", Version: "0.0.0", Rules: append(rules.All(), exemption.Rule),
		Configuration: chosen, Exemptions: exempt, Today: today,
	}, "", log.New(io.Discard, "", 0))
}

func stagingConfig() map[string]string {
	config := prodConfig()
	config["coffee-platform:tier"] = "staging"
	return config
}

// Every stack keeps every policy, seen by what unit tests record of it: without an engine, a cloud or a
// second process.
func TestEveryStackKeepsThePoliciesInProcess(t *testing.T) {
	opened := prodConfig()
	opened["coffee-platform:cluster"] = `{"admins": ["` + deployerARN + `"], "publicAccessCidrs": ["203.0.113.7/32"],
		"publicAccessUntil": "` + time.Now().AddDate(0, 0, 7).Format(time.DateOnly) + `"}`
	ending := prodConfig()
	for key, value := range map[string]string{
		"unprotected": `["network", "cluster", "postgres", "redis", "media", "secrets", "backup", "edge"]`,
		"cluster":     `{"admins": ["` + deployerARN + `"], "deletionProtection": false}`,
		"media":       `{"origins": ["https://app.example.com"], "forceDestroy": true}`,
		"edge":        `{"domain": "app.example.com", "zoneId": "Z0EXAMPLE", "forceDestroy": true, "deletionProtection": false}`,
		"backup":      `{"forceDestroy": true, "lockDays": 0}`,
		"postgres":    `{"deletionProtection": false}`,
	} {
		ending["coffee-platform:"+key] = value
	}
	for name, config := range map[string]map[string]string{
		"dev": devConfig(), "staging": stagingConfig(), "prod": prodConfig(), "shared": sharedConfig(),
		"prod for its first deployment": opened, "prod before it is taken down": ending,
	} {
		for _, mode := range testkit.Modes {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				stack, _, _ := strings.Cut(name, " ")
				for _, v := range testkit.MustRun(t, mode, Program(config)).Judge(t, stack, config, newPack(t)) {
					t.Errorf("%s breaks %s: %s", v.GetUrn(), v.GetPolicyName(), v.GetMessage())
				}
			})
		}
	}
}

// The same way shows a violation: of one resource, and of resources together.
func TestAViolationShowsInProcess(t *testing.T) {
	for _, mode := range testkit.Modes {
		config := prodConfig()
		violations := testkit.MustRun(t, mode, func(ctx *pulumi.Context) error {
			if err := Program(config)(ctx); err != nil {
				return err
			}
			network, err := testkit.NewNetwork(ctx)
			if err != nil {
				return err
			}
			group, err := rds.NewSubnetGroup(ctx, "careless", &rds.SubnetGroupArgs{SubnetIds: network.SubnetIDs})
			if err != nil {
				return err
			}
			_, err = rds.NewInstance(ctx, "careless", &rds.InstanceArgs{
				InstanceClass: pulumi.String("db.t4g.micro"), Engine: pulumi.String("postgres"), EngineVersion: pulumi.String("16"),
				AllocatedStorage:   pulumi.Int(20),
				PubliclyAccessible: pulumi.Bool(true), DbSubnetGroupName: group.Name,
				ManageMasterUserPassword: pulumi.Bool(true), Username: pulumi.String("careless"), SkipFinalSnapshot: pulumi.Bool(true),
			})
			return err
		}).Judge(t, "prod", config, newPack(t))
		for _, rule := range []string{"c1", "d1", "e2"} {
			assert.Equal(t, []string{"careless"}, breaking(rule, violations), "%s in %s", rule, mode)
		}
		assert.Equal(t, []string{"vpc"}, breaking("c8", violations), "the test kit's VPC has no flow log, which only the whole stack shows; in %s", mode)
	}
}

// breaking are the names of the resources that break a rule.
func breaking(rule string, violations []*pulumirpc.AnalyzeDiagnostic) []string {
	var names []string
	for _, v := range violations {
		if strings.HasPrefix(v.GetPolicyName(), rule+"-") {
			names = append(names, v.GetUrn()[strings.LastIndex(v.GetUrn(), "::")+2:])
		}
	}
	return names
}
