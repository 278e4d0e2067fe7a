package stacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/testkit"
)

func devConfig() map[string]string {
	config := prodConfig()
	config["coffee-platform:tier"] = "dev"
	return config
}

func TestEveryStackInBothModes(t *testing.T) {
	for name, config := range map[string]map[string]string{"dev": devConfig(), "prod": prodConfig(), "shared": sharedConfig()} {
		for _, mode := range testkit.Modes {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				r := testkit.MustRun(t, mode, Program(config))
				for _, x := range r.All() {
					if x.Custom && x.Type != "pulumi:providers:aws" {
						assert.NotContains(t, x.Parent, "pulumi:pulumi:Stack", "%s belongs to no component", x.URN)
					}
				}
			})
		}
	}
}

// Environments differ in values, never in shape: what one has more of is more of the same.
func TestEnvironmentsHaveTheSameShape(t *testing.T) {
	types := func(config map[string]string) map[string]bool {
		found := map[string]bool{}
		for _, x := range testkit.MustRun(t, testkit.Update, Program(config)).All() {
			found[x.Type] = true
		}
		return found
	}
	dev, prod := types(devConfig()), types(prodConfig())
	for _, optional := range []string{
		"aws:backup/vaultLockConfiguration:VaultLockConfiguration",   // backup.lockDays is 0 in dev
		"aws:backup/restoreTestingPlan:RestoreTestingPlan",           // backup.restoreTest is false in dev
		"aws:backup/restoreTestingSelection:RestoreTestingSelection", // likewise
	} {
		delete(prod, optional)
	}
	assert.Equal(t, prod, dev)
}

func TestOneAccountOnly(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	for name, region := range map[string]string{"aws": "us-east-1", "aws-us-west-2": "us-west-2"} {
		provider := r.One(t, "pulumi:providers:aws", name)
		assert.Equal(t, region, provider.Get(t, "region"))
		assert.Contains(t, provider.Get(t, "allowedAccountIds"), "333344445555")
		assert.Equal(t, "test", provider.Get(t, "defaultTags", "tags", "coffee:stack"))
	}
}

func TestOnlyTheClusterReachesTheDataStores(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	rules := slices.DeleteFunc(r.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), func(rule testkit.Resource) bool {
		// Into the load balancer, and from it to pods; to the Kubernetes API.
		return strings.HasPrefix(rule.Name, "edge-") || strings.HasPrefix(rule.Name, "cluster-endpoint-")
	})
	require.Len(t, rules, 2)
	assert.Equal(t, "postgres-from-cluster", rules[0].Name)
	assert.Equal(t, "redis-from-cluster", rules[1].Name)
}

// Whoever deploys to prod does it from within the VPC.
func TestTheNetworkReachesThePrivateAPI(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	rule := r.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cluster-endpoint-0")
	assert.Equal(t, r.One(t, "aws:ec2/vpc:Vpc", "network").Get(t, "cidrBlock"), rule.Get(t, "cidrIpv4"))
}

func TestDatabaseIsInTheDataSubnets(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	group := r.One(t, "aws:rds/subnetGroup:SubnetGroup", "postgres")
	for _, zone := range []string{"us-east-1a", "us-east-1b", "us-east-1c"} {
		subnet := r.One(t, "aws:ec2/subnet:Subnet", "network-data-"+zone)
		assert.Contains(t, group.Dependencies, subnet.URN)
	}
	assert.Len(t, group.Get(t, "subnetIds"), 3)
}

// Without an image everything else is deployed.
func TestWithoutImagesThereIsNoAPI(t *testing.T) {
	config := prodConfig()
	delete(config, "coffee-platform:images")
	r := testkit.MustRun(t, testkit.Update, Program(config))
	assert.Empty(t, r.OfType("kubernetes:apps/v1:Deployment"))
	assert.NotEmpty(t, r.OfType("kubernetes:core/v1:Namespace"))
	assert.NotEmpty(t, r.OfType("aws:rds/instance:Instance"))
}

func TestStackTagsReachWhatTheClusterLaunches(t *testing.T) {
	config := prodConfig()
	config["coffee-platform:tags"] = `{"owner": "platform"}`
	class := testkit.MustRun(t, testkit.Update, Program(config)).One(t, "kubernetes:eks.amazonaws.com/v1:NodeClass", "general-class")
	assert.Equal(t, map[string]any{"owner": "platform", "coffee:project": "coffee-platform", "coffee:stack": "test"}, class.Get(t, "spec", "tags"))
}

// AWS Backup refuses to begin inside or shortly before the hours in which RDS itself works on the database.
func TestBackupsKeepClearOfTheDatabasesOwnHours(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	var begins, lasts int
	rule := r.One(t, "aws:backup/plan:Plan", "backup-databases")
	_, err := fmt.Sscanf(rule.Get(t, "rules", 0, "schedule").(string), "cron(0 %d", &begins)
	require.NoError(t, err)
	lasts = int(rule.Get(t, "rules", 0, "startWindow").(float64)) / 60

	database := r.One(t, "aws:rds/instance:Instance", "postgres")
	daily := database.Get(t, "backupWindow").(string)
	_, weekly, _ := strings.Cut(database.Get(t, "maintenanceWindow").(string), ":")
	for _, window := range []string{daily, weekly} {
		var hour int
		_, err := fmt.Sscanf(window, "%d:", &hour)
		require.NoError(t, err)
		ahead := (hour - begins - lasts + 24) % 24
		assert.GreaterOrEqual(t, ahead, 2, "a backup that begins as late as it may meets the hours from %s", window)
	}
}
