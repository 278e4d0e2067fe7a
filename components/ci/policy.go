package ci

import (
	"fmt"

	"coffee-platform/internal/iampolicy"
)

const (
	// issuer is who signs GitHub's tokens, audience whom the tokens are for that jobs ask for to go to AWS
	// (https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws).
	issuer   = "token.actions.githubusercontent.com"
	audience = "sts.amazonaws.com"

	// anyProviderARN is as long as the ARN of every such provider.
	anyProviderARN = "arn:aws:iam::000000000000:oidc-provider/" + issuer
)

// subject is what a token of the publisher says it is of.
func (p Publisher) subject() string {
	return fmt.Sprintf("repo:%s:ref:refs/heads/%s", p.Repository, p.Branch)
}

// trustPolicy lets the publishers' jobs assume a role. Everything is compared as a whole: a pattern for one
// repository also fits another that somebody has yet to make.
func trustPolicy(providerARN string, publishers []Publisher) string {
	var subjects []string
	for _, p := range publishers {
		subjects = append(subjects, p.subject())
	}
	return iampolicy.Document(iampolicy.Statement{
		Effect:    iampolicy.Allow,
		Principal: map[string]any{"Federated": providerARN},
		Action:    []string{"sts:AssumeRoleWithWebIdentity"},
		Condition: map[string]map[string][]string{"StringEquals": {
			issuer + ":aud": {audience},
			issuer + ":sub": subjects,
		}},
	})
}

// pushPolicy is what AWS says it takes to push an image
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html). Nothing in it deletes one.
func pushPolicy(repositoryARNs []string) string {
	return iampolicy.Document(
		iampolicy.Statement{
			Sid:      "LogIn",
			Effect:   iampolicy.Allow,
			Action:   []string{"ecr:GetAuthorizationToken"},
			Resource: []string{"*"}, // it is of no repository
		},
		iampolicy.Statement{
			Sid:    "Push",
			Effect: iampolicy.Allow,
			Action: []string{
				"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
				"ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
			},
			Resource: repositoryARNs,
		},
	)
}
