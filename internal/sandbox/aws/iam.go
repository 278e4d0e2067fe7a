package aws

import (
	"encoding/json"
	"net/url"
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

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
const (
	maxOIDCURL         = 255
	maxOIDCClients     = 100
	maxOIDCThumbprints = 5
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
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
		schema: sdkschema.Of(iam.OpenIdConnectProviderArgs{}, iam.OpenIdConnectProvider{}),
		// Audiences too were replaced for in v5.32; the provider now adds and removes them.
		replace: []string{"url"},
		check:   (*checker).checkOIDCProvider,
		// AWS leaves the scheme out, so two providers of one issuer are one and the same.
		id: func(c *creation) string {
			return c.iamARN("oidc-provider/%s", strings.TrimPrefix(c.text("url"), "https://"))
		},
		derive: func(c *creation) { c.set("url", strings.TrimPrefix(c.text("url"), "https://")) },
		compute: func(c *creation) {
			c.set("arn", c.id)
			// IAM looks up the issuer's certificate when it is not told.
			c.setDefault("thumbprintLists", []any{c.token("thumbprint", 40)})
		},
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

// checkOIDCProvider follows API_CreateOpenIDConnectProvider.html and the provider's validOpenIDURL.
func (c *checker) checkOIDCProvider() {
	if text, ok := c.text("url"); ok {
		if u, err := url.Parse(text); err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || len(text) > maxOIDCURL {
			c.fail("url", "InvalidInput: %q is not the https URL of an issuer, of at most %d characters and without a query", text, maxOIDCURL)
		}
	}
	for input, bounds := range map[string][3]int{
		"clientIdLists":   {maxOIDCClients, 1, 255},
		"thumbprintLists": {maxOIDCThumbprints, 40, 40},
	} {
		value, ok := c.value(input)
		if !ok {
			continue
		}
		elements := lookup(value.Mappable(), "")
		if len(elements) > bounds[0] {
			c.fail(input, "LimitExceeded: %d: AWS takes at most %d", len(elements), bounds[0])
		}
		for _, element := range elements {
			if text, _ := element.(string); len(text) < bounds[1] || len(text) > bounds[2] {
				c.fail(input, "InvalidInput: %q has not %d to %d characters", text, bounds[1], bounds[2])
			}
		}
	}
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

	"service-role/AmazonRDSEnhancedMonitoringRole": true,

	"service-role/AWSBackupServiceRolePolicyForBackup":   true,
	"service-role/AWSBackupServiceRolePolicyForRestores": true,
	"AWSBackupServiceRolePolicyForS3Backup":              true,
	"AWSBackupServiceRolePolicyForS3Restore":             true,
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
