package aws

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenCluster                = "aws:eks/cluster:Cluster"
	tokenPodIdentityAssociation = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
)

// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
var eksClusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9\-_]{0,99}$`)

// standardSupport are the Kubernetes versions in standard support in November 2026
// (https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html).
var standardSupport = []string{"1.34", "1.35", "1.36"}

var eksTypes = map[string]entry{
	tokenCluster: {
		schema:   sdkschema.Of(eks.ClusterArgs{}, eks.Cluster{}),
		autoName: "name",
		replace: []string{
			"name", "roleArn", "bootstrapSelfManagedAddons", "accessConfig.bootstrapClusterCreatorAdminPermissions",
			"kubernetesNetworkConfig.ipFamily", "kubernetesNetworkConfig.serviceIpv4Cidr", "outpostConfig",
		},
		replaceWhen: replaceCluster,
		unique:      []string{"name"},
		references: []reference{
			{input: "vpcConfig.subnetIds", typ: tokenSubnet, property: "id", holds: true},
			{input: "vpcConfig.securityGroupIds", typ: tokenSecurityGroup, property: "id", holds: true},
			{input: "roleArn", typ: tokenRole, property: "arn"},
			{input: "encryptionConfig.provider.keyArn", typ: tokenKey, property: "arn"},
		},
		check: func(c *checker) {
			c.matches("name", eksClusterName, "a cluster name")
			c.oneOf("version", standardSupport...)
			c.checkAutoMode()
		},
		compute:      (*creation).computeCluster,
		aside:        clusterSecurityGroup,
		refuseUpdate: refuseVersionStep,
		refuseDelete: func(_ *cloud.Cloud, cluster *cloud.Object) string {
			if cluster.Outputs["deletionProtection"] == true {
				return "InvalidRequestException: the cluster has deletion protection enabled"
			}
			return ""
		},
		inUse: "ResourceInUseException",
	},
	tokenPodIdentityAssociation: podIdentityAssociation,
	"aws:eks/accessEntry:AccessEntry": {
		schema:     sdkschema.Of(eks.AccessEntryArgs{}, eks.AccessEntry{}),
		replace:    []string{"clusterName", "principalArn", "type"},
		references: []reference{{input: "clusterName", typ: tokenCluster, property: "name", part: true}},
		check: func(c *checker) {
			c.oneOf("type", "STANDARD", "EC2", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX")
		},
		id: func(c *creation) string { return c.text("clusterName") + ":" + c.text("principalArn") },
		compute: func(c *creation) {
			role := c.text("principalArn")[strings.LastIndex(c.text("principalArn"), "/")+1:]
			c.set("accessEntryArn", c.arn("eks", "access-entry/%s/role/%s/%s/%s", c.text("clusterName"), c.instance.account, role, c.token("arn", 8)))
			c.set("createdAt", created)
			c.set("modifiedAt", created)
			c.setDefault("type", "STANDARD")
			c.setDefault("kubernetesGroups", []any{})
			c.setDefault("userName", c.arn("sts", "assumed-role/%s/{{SessionName}}", role))
		},
	},
	// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html
	"aws:eks/addon:Addon": {
		schema:     sdkschema.Of(eks.AddonArgs{}, eks.Addon{}),
		replace:    []string{"clusterName", "addonName", "namespaceConfig"},
		references: []reference{{input: "clusterName", typ: tokenCluster, property: "name", part: true}},
		check: func(c *checker) {
			c.oneOf("resolveConflictsOnCreate", "NONE", "OVERWRITE")
			c.oneOf("resolveConflictsOnUpdate", "NONE", "OVERWRITE", "PRESERVE")
		},
		id: func(c *creation) string { return c.text("clusterName") + ":" + c.text("addonName") },
		compute: func(c *creation) {
			c.set("arn", c.arn("eks", "addon/%s/%s/%s", c.text("clusterName"), c.text("addonName"), c.token("arn", 8)))
			c.set("createdAt", created)
			c.set("modifiedAt", created)
			c.setDefault("configurationValues", "")
			c.setDefault("namespaceConfig", map[string]any{"namespace": "kube-system"})
			c.setDefault("addonVersion", "v1.0.0-eksbuild.1")
		},
	},
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
		schema:  sdkschema.Of(eks.AccessPolicyAssociationArgs{}, eks.AccessPolicyAssociation{}),
		replace: []string{"clusterName", "policyArn", "principalArn", "accessScope"},
		references: []reference{
			{input: "clusterName", typ: tokenCluster, property: "name", part: true},
			{input: "principalArn", typ: "aws:eks/accessEntry:AccessEntry", property: "principalArn", part: true},
		},
		check: func(c *checker) {
			if arn, ok := c.text("policyArn"); ok && !accessPolicies[arn] {
				c.fail("policyArn", "the catalogue has no access policy %s", arn)
			}
		},
		id: func(c *creation) string {
			return strings.Join([]string{c.text("clusterName"), c.text("principalArn"), c.text("policyArn")}, "#")
		},
		compute: func(c *creation) {
			c.set("associatedAt", created)
			c.set("modifiedAt", created)
		},
	},
}

// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
var podIdentityAssociation = entry{
	schema:  sdkschema.Of(eks.PodIdentityAssociationArgs{}, eks.PodIdentityAssociation{}),
	replace: []string{"clusterName", "namespace", "serviceAccount"},
	references: []reference{
		{input: "clusterName", typ: tokenCluster, property: "name", part: true},
		{input: "roleArn", typ: tokenRole, property: "arn"},
	},
	id: func(c *creation) string { return "a-" + c.token("id", 17) },
	refusals: []refusal{{[]string{"clusterName", "namespace", "serviceAccount"}, func(c *creation) error {
		for _, other := range c.others() {
			if other.Outputs["clusterName"] == c.outputs["clusterName"] && other.Outputs["namespace"] == c.outputs["namespace"] &&
				other.Outputs["serviceAccount"] == c.outputs["serviceAccount"] {
				return fmt.Errorf("ResourceInUseException: association already exists: %s", other.ID)
			}
		}
		return nil
	}}},
	compute: func(c *creation) {
		c.set("associationArn", c.arn("eks", "podidentityassociation/%s/%s", c.text("clusterName"), c.id))
		c.set("associationId", c.id)
		c.setDefault("disableSessionTags", false)
		c.setDefault("targetRoleArn", "")
		c.set("externalId", "")
	},
}

// accessPolicies are the EKS access policies in use
// (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html).
var accessPolicies = map[string]bool{
	"arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy":     true,
	"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy": true,
}

// checkAutoMode holds compute, block storage and load balancing to being on or off together
// (https://docs.aws.amazon.com/eks/latest/userguide/automode-get-started-cli.html).
func (c *checker) checkAutoMode() {
	enabled := func(path string) bool {
		for _, v := range lookup(c.inputs.Mappable(), path) {
			if v == true {
				return true
			}
		}
		return false
	}
	if c.inputs.ContainsUnknowns() {
		return
	}
	compute, storage, balancing := enabled("computeConfig.enabled"), enabled("storageConfig.blockStorage.enabled"), enabled("kubernetesNetworkConfig.elasticLoadBalancing.enabled")
	if compute != storage || compute != balancing {
		c.fail("computeConfig", "InvalidParameterException: compute (%t), block storage (%t) and load balancing (%t) must be enabled or disabled together", compute, storage, balancing)
	}
	if compute && enabled("bootstrapSelfManagedAddons") {
		c.fail("bootstrapSelfManagedAddons", "InvalidParameterException: must be false for a cluster in Auto Mode")
	}
}

// replaceCluster follows the CustomizeDiff of the provider's cluster: secrets once encrypted stay so, and
// a node role once given cannot be another
// (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/eks/cluster.go).
func replaceCluster(before, after resource.PropertyMap) []string {
	var fixed []string
	if before.HasValue("encryptionConfig") && !after.HasValue("encryptionConfig") {
		fixed = append(fixed, "encryptionConfig")
	}
	if len(lookup(before.Mappable(), "computeConfig.nodeRoleArn")) > 0 {
		fixed = append(fixed, "computeConfig.nodeRoleArn")
	}
	return fixed
}

// refuseVersionStep holds a cluster to going up one minor version at a time
// (https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html). Since July 2026 EKS also goes back by one,
// within seven days of an upgrade and not of what it was made with
// (https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html). The sandbox has no days, and the provider
// says that there are no downgrades: there are none here.
func refuseVersionStep(cluster *cloud.Object, inputs map[string]any) string {
	before, after := cluster.Outputs["version"], inputs["version"]
	if step := minorVersion(after) - minorVersion(before); after == nil || step == 0 || step == 1 {
		return ""
	}
	return fmt.Sprintf("InvalidParameterException: Unsupported Kubernetes minor version update from %v to %v", before, after)
}

// minorVersion is that of a version of Kubernetes 1; 0 of what is none.
func minorVersion(version any) int {
	text, _ := version.(string)
	_, minor, _ := strings.Cut(text, ".")
	number, err := strconv.Atoi(minor)
	if err != nil {
		return 0
	}
	return number
}

func (c *creation) computeCluster() {
	c.set("arn", c.arn("eks", "cluster/%s", c.id))
	c.set("status", "ACTIVE")
	c.set("createdAt", created)
	c.set("platformVersion", "eks.1")
	c.set("clusterId", "")
	c.set("endpoint", fmt.Sprintf("https://%s.gr7.%s.eks.amazonaws.com", strings.ToUpper(c.token("endpoint", 32)), c.instance.region))
	c.set("certificateAuthority", map[string]any{"data": base64.StdEncoding.EncodeToString([]byte("sandbox certificate authority of " + c.id))})
	c.set("certificateAuthorities", []any{c.outputs["certificateAuthority"]})
	c.set("identities", []any{map[string]any{"oidcs": []any{map[string]any{
		"issuer": fmt.Sprintf("https://oidc.eks.%s.amazonaws.com/id/%s", c.instance.region, strings.ToUpper(c.token("oidc", 32))),
	}}}})
	c.setDefault("version", standardSupport[len(standardSupport)-1])
	c.setDefault("deletionProtection", false)
	c.setDefault("enabledClusterLogTypes", []any{})
	c.setDefault("computeConfig", map[string]any{"enabled": false})
	c.setDefault("storageConfig", map[string]any{"blockStorage": map[string]any{"enabled": false}})
	// https://docs.aws.amazon.com/eks/latest/userguide/eks-provisioned-control-plane.html
	c.setDefault("controlPlaneScalingConfig", map[string]any{"tier": "standard"})

	vpcConfig := copyOf(c.outputs["vpcConfig"])
	vpcConfig["clusterSecurityGroupId"] = "sg-" + c.token("cluster security group", 17)
	for _, subnet := range lookup(vpcConfig, "subnetIds") {
		if o := c.cloud.Find(tokenSubnet, "id", subnet); o != nil {
			vpcConfig["vpcId"] = o.Outputs["vpcId"]
		}
	}
	c.set("vpcConfig", vpcConfig)

	network := copyOf(c.outputs["kubernetesNetworkConfig"])
	if _, given := network["serviceIpv4Cidr"]; !given {
		network["serviceIpv4Cidr"] = "172.20.0.0/16"
	}
	c.set("kubernetesNetworkConfig", network)
	access := copyOf(c.outputs["accessConfig"])
	if _, given := access["authenticationMode"]; !given {
		access["authenticationMode"] = "CONFIG_MAP"
	}
	c.set("accessConfig", access)
	upgrade := copyOf(c.outputs["upgradePolicy"])
	if _, given := upgrade["supportType"]; !given {
		upgrade["supportType"] = "EXTENDED"
	}
	c.set("upgradePolicy", upgrade)
}

// clusterSecurityGroup is the group EKS makes for nodes, pods and the control plane.
func clusterSecurityGroup(c *creation) []*cloud.Object {
	vpcConfig := copyOf(c.outputs["vpcConfig"])
	id, _ := vpcConfig["clusterSecurityGroupId"].(string)
	return []*cloud.Object{{
		Type:   tokenSecurityGroup,
		ID:     id,
		Inputs: map[string]any{"vpcId": vpcConfig["vpcId"]},
		Outputs: map[string]any{
			"id": id, "vpcId": vpcConfig["vpcId"], "name": "eks-cluster-sg-" + c.id,
			"arn":         c.arn("ec2", "security-group/%s", id),
			"description": "EKS created security group",
		},
	}}
}

// copyOf is a copy of a map, empty when the value is none.
func copyOf(value any) map[string]any {
	result := map[string]any{}
	if m, ok := value.(map[string]any); ok {
		for k, v := range m {
			result[k] = v
		}
	}
	return result
}
