package aws

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecr"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenRepository = "aws:ecr/repository:Repository"

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
var repositoryName = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/ (API_PutLifecyclePolicy.html,
// API_SetRepositoryPolicy.html)
const (
	maxLifecyclePolicyBytes  = 30720
	maxRepositoryPolicyBytes = 10240
)

var ecrTypes = map[string]entry{
	tokenRepository: {
		schema:     sdkschema.Of(ecr.RepositoryArgs{}, ecr.Repository{}),
		autoName:   "name",
		replace:    []string{"name", "encryptionConfigurations"},
		unique:     []string{"name"},
		references: []reference{{input: "encryptionConfigurations.kmsKey", typ: tokenKey, property: "arn"}},
		check: func(c *checker) {
			c.matches("name", repositoryName, "a repository name")
			c.oneOf("imageTagMutability", "MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("ecr", "repository/%s", c.id))
			c.set("registryId", c.instance.account)
			c.set("repositoryUrl", fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com/%s", c.instance.account, c.instance.region, c.id))
		},
	},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy": {
		schema:  sdkschema.Of(ecr.LifecyclePolicyArgs{}, ecr.LifecyclePolicy{}),
		replace: []string{"repository", "policy"},
		// DeleteBeforeReplace in pulumi-aws: a repository has one policy.
		deleteFirst: true,
		unique:      []string{"repository"},
		references:  []reference{{input: "repository", typ: tokenRepository, property: "name", part: true}},
		check: func(c *checker) {
			if text, ok := c.text("policy"); ok && len(text) > maxLifecyclePolicyBytes {
				c.fail("policy", "%d bytes: AWS takes at most %d", len(text), maxLifecyclePolicyBytes)
			}
		},
		id:      idFromInput("repository"),
		compute: func(c *creation) { c.set("registryId", c.instance.account) },
	}, "aws:ecr/repositoryPolicy:RepositoryPolicy": {
		schema:     sdkschema.Of(ecr.RepositoryPolicyArgs{}, ecr.RepositoryPolicy{}),
		replace:    []string{"repository"},
		references: []reference{{input: "repository", typ: tokenRepository, property: "name", part: true}},
		check: func(c *checker) {
			c.policy("policy", maxRepositoryPolicyBytes)
			text, _ := c.text("policy")
			for i, s := range bucketStatements(text) {
				if s.Principal == nil && s.NotPrincipal == nil {
					c.fail("policy", "InvalidParameterException: missing Principal in statement %d", i)
				}
			}
		},
		id:      idFromInput("repository"),
		compute: func(c *creation) { c.set("registryId", c.instance.account) },
	},
}
