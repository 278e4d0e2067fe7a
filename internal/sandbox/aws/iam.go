package aws

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenRole = "aws:iam/role:Role"

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
var iamName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// Sizes of policy documents, without white space
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
const (
	maxTrustPolicyBytes  = 2048
	maxInlinePolicyBytes = 10240
)

var iamTypes = map[string]entry{
	tokenRole: {
		schema:   sdkschema.Of(iam.RoleArgs{}, iam.Role{}),
		autoName: "name",
		replace:  []string{"name", "namePrefix", "path"},
		unique:   []string{"name"},
		check: func(c *checker) {
			c.matches("name", iamName, "a role name: at most 64 letters, digits and _+=,.@-")
			c.policy("assumeRolePolicy", maxTrustPolicyBytes)
			c.between("maxSessionDuration", 3600, 43200)
		},
		compute: func(c *creation) {
			c.setDefault("path", "/")
			c.set("arn", c.iamARN("role%s%s", c.text("path"), c.id))
			c.set("uniqueId", "AROA"+strings.ToUpper(c.token("unique id", 17)))
			c.set("createDate", created)
			c.setDefault("maxSessionDuration", 3600)
			c.setDefault("managedPolicyArns", []any{})
			c.setDefault("inlinePolicies", []any{})
			c.setDefault("namePrefix", "")
		},
		inUse: "DeleteConflict",
	},
	"aws:iam/rolePolicy:RolePolicy": {
		schema:     sdkschema.Of(iam.RolePolicyArgs{}, iam.RolePolicy{}),
		autoName:   "name",
		replace:    []string{"name", "namePrefix", "role"},
		references: []reference{{input: "role", typ: tokenRole, property: "name", holds: true}},
		check:      func(c *checker) { c.policy("policy", maxInlinePolicyBytes) },
		id:         func(c *creation) string { return c.text("role") + ":" + c.text("name") },
		compute:    func(c *creation) { c.setDefault("namePrefix", "") },
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
		schema:  sdkschema.Of(iam.RolePolicyAttachmentArgs{}, iam.RolePolicyAttachment{}),
		replace: []string{"role", "policyArn"},
		// DeleteBeforeReplace in pulumi-aws: the deletion would undo an equal creation.
		deleteFirst: true,
		references:  []reference{{input: "role", typ: tokenRole, property: "name", holds: true}},
		check: func(c *checker) {
			arn, ok := c.text("policyArn")
			name, managed := strings.CutPrefix(arn, "arn:aws:iam::aws:policy/")
			if ok && managed && !managedPolicies[name] {
				c.fail("policyArn", "NoSuchEntity: the catalogue has no managed policy %s", name)
			}
		},
		id: func(c *creation) string {
			_, name, _ := strings.Cut(c.text("policyArn"), "policy/")
			return c.text("role") + "-" + name
		},
	},
}

// managedPolicies are the AWS managed policies in use, as the reference lists them
// (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html).
var managedPolicies = map[string]bool{
	"AmazonEKSClusterPolicy":             true,
	"AmazonEKSComputePolicy":             true,
	"AmazonEKSBlockStoragePolicy":        true,
	"AmazonEKSLoadBalancingPolicy":       true,
	"AmazonEKSNetworkingPolicy":          true,
	"AmazonEKSWorkerNodeMinimalPolicy":   true,
	"AmazonEC2ContainerRegistryPullOnly": true,
}

// created is when everything in the sandbox was created: a fixed time, so that two runs read alike.
const created = "2026-01-01T00:00:00Z"

// jsonText is the JSON of a value that always marshals.
func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("aws: " + err.Error())
	}
	return string(text)
}
