package ci

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/problem"
)

// Args describe who may do what. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Publishers are whose jobs may push images; without any, there is no role for it.
	Publishers []Publisher
	// MaxSessionMinutes is how long the credentials of a job can be good for, in minutes.
	MaxSessionMinutes int

	// RepositoryARNs are the container repositories that publishers may push to, by name.
	RepositoryARNs pulumi.StringMapInput
}

// Publisher is a branch of a GitHub repository. Its jobs that name a GitHub environment are not meant: GitHub
// says of them what their environment is, and not their branch.
type Publisher struct {
	// Repository is the repository as GitHub's tokens call it: "acme/backend"; with the numbers of its owner
	// and its own, "acme@123456/backend@456789", where its subject claims are immutable, which they are in
	// every repository made or renamed since 15 July 2026
	// (https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/).
	Repository string
	// Branch is the branch: "main".
	Branch string
}

// Bounds of AWS.
const (
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
	minSessionMinutes = 60
	maxSessionMinutes = 720
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	maxTrustPolicyBytes = 2048
)

var (
	// Names as GitHub takes them; with their numbers, or without.
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9]+(-[A-Za-z0-9]+)*(/[A-Za-z0-9._-]+|@\d+/[A-Za-z0-9._-]+@\d+)$`)
	// Names of branches that mean nothing else to anybody on the way: git takes more.
	branchName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	seen := map[string]bool{}
	for i, p := range a.Publishers {
		path := fmt.Sprintf("publishers[%d]", i)
		if !repositoryName.MatchString(p.Repository) {
			problems.Add(path+".repository", "%q is not a GitHub repository: write it like acme/backend, or with both numbers like acme@123456/backend@456789", p.Repository)
		}
		if !branchName.MatchString(p.Branch) || strings.HasPrefix(p.Branch, "refs/") {
			problems.Add(path+".branch", "%q is not a branch: write it like main, without refs/heads/ and without wildcards", p.Branch)
		}
		if seen[p.subject()] {
			problems.Add(path, "%s of %s is named twice", p.Branch, p.Repository)
		}
		seen[p.subject()] = true
	}
	if size := len(trustPolicy(anyProviderARN, a.Publishers)); len(a.Publishers) > 0 && size > maxTrustPolicyBytes {
		problems.Add("publishers", "%d are too many: the role's trust policy would have %d bytes, and AWS takes %d", len(a.Publishers), size, maxTrustPolicyBytes)
	}
	if a.MaxSessionMinutes < minSessionMinutes || a.MaxSessionMinutes > maxSessionMinutes {
		problems.Add("maxSessionMinutes", "%d is outside %d to %d minutes", a.MaxSessionMinutes, minSessionMinutes, maxSessionMinutes)
	}
	return problems
}
