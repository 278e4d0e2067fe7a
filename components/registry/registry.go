// Package registry is the container registries of the product's images: one ECR repository per image,
// its tags immutable, every image scanned when it is pushed, old ones removed.
package registry

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
	"coffee-platform/internal/awsname"
	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/problem"
)

// Args describe the registries. All are plain values: they decide what is created.
type Args struct {
	// Repositories are the names of the repositories, one per image.
	Repositories []string
	// KeepImages is how many images of each repository are kept; older ones are removed.
	KeepImages int
	// PullAccounts are the other AWS accounts, of 12 digits, that may pull from every repository; none if
	// empty. Who in them may pull is for their own policies to say.
	PullAccounts []string
	// Protect makes Pulumi refuse to delete or replace the repositories and their key.
	Protect bool
}

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
var repositoryName = regexp.MustCompile(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)

// minKeepImages leaves images to roll back to in every environment.
const minKeepImages = 10

// Validate reports every problem of the arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	seen := map[string]bool{}
	for i, name := range a.Repositories {
		path := fmt.Sprintf("repositories[%d]", i)
		switch {
		case !repositoryName.MatchString(name) || len(name) < 2 || len(name) > 256:
			problems.Add(path, "%q is not a repository name: 2 to 256 lower-case letters and digits, with . _ - or / between them", name)
		case seen[name]:
			problems.Add(path, "%s is named twice", name)
		}
		seen[name] = true
	}
	if len(a.Repositories) == 0 {
		problems.Add("repositories", "is empty: name a repository for each image")
	}
	if a.KeepImages < minKeepImages {
		problems.Add("keepImages", "%d leaves too little to roll back to: keep at least %d", a.KeepImages, minKeepImages)
	}
	a.validatePullAccounts(&problems)
	return problems
}

func (a *Args) validatePullAccounts(problems *problem.List) {
	seen := map[string]bool{}
	for i, account := range a.PullAccounts {
		path := fmt.Sprintf("pullAccounts[%d]", i)
		switch {
		case !awsname.IsAccountID(account):
			problems.Add(path, "%q is not an AWS account: it has 12 digits, in quotes", account)
		case seen[account]:
			problems.Add(path, "%s is named twice", account)
		}
		seen[account] = true
	}
}

// Registry is a set of container repositories.
type Registry struct {
	pulumi.ResourceState

	// URLs are where images are pushed to and pulled from, by repository name.
	URLs pulumi.StringMapOutput `pulumi:"urls"`
	// ARNs are what policies call the repositories, by repository name.
	ARNs pulumi.StringMapOutput `pulumi:"arns"`
}

// New creates the repositories. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Registry, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("registry %q: %w", name, err)
	}
	r := &Registry{}
	if err := ctx.RegisterComponentResource("coffee:registry:Registry", name, r, opts...); err != nil {
		return nil, fmt.Errorf("registering registry %q: %w", name, err)
	}
	parent := pulumi.Parent(r)

	key, err := encryption.NewKey(ctx, name, &encryption.Args{Description: "Container images", Protect: args.Protect}, parent)
	if err != nil {
		return nil, err
	}
	urls, arns := pulumi.StringMap{}, pulumi.StringMap{}
	for _, repository := range args.Repositories {
		created, err := createRepository(ctx, name, repository, args, key, parent)
		if err != nil {
			return nil, err
		}
		urls[repository], arns[repository] = created.RepositoryUrl, created.Arn
	}
	r.URLs, r.ARNs = urls.ToStringMapOutput(), arns.ToStringMapOutput()
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"urls": r.URLs, "arns": r.ARNs})
}

func createRepository(ctx *pulumi.Context, name, repository string, args *Args, key *kms.Key, parent pulumi.ResourceOption) (*ecr.Repository, error) {
	resource := name + "-" + repository
	created, err := ecr.NewRepository(ctx, resource, &ecr.RepositoryArgs{
		Name:                       pulumi.String(repository),
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		EncryptionConfigurations: ecr.RepositoryEncryptionConfigurationArray{
			&ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("KMS"), KmsKey: key.Arn},
		},
	}, parent, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating repository %q: %w", resource, err)
	}
	_, err = ecr.NewLifecyclePolicy(ctx, resource, &ecr.LifecyclePolicyArgs{
		Repository: created.Name,
		Policy:     pulumi.String(lifecyclePolicy(args.KeepImages)),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating the lifecycle policy of %q: %w", resource, err)
	}
	if len(args.PullAccounts) == 0 {
		return created, nil
	}
	_, err = ecr.NewRepositoryPolicy(ctx, resource, &ecr.RepositoryPolicyArgs{
		Repository: created.Name,
		Policy:     pulumi.String(pullPolicy(args.PullAccounts)),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("letting other accounts pull from %q: %w", resource, err)
	}
	return created, nil
}

// pullPolicy lets other accounts pull, and nothing else
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html). The key that images
// are encrypted with need not let them in as well: ECR has grants on it since the repository was made, and
// decrypts by itself (https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html).
func pullPolicy(accounts []string) string {
	var principals []string
	for _, account := range accounts {
		principals = append(principals, fmt.Sprintf("arn:aws:iam::%s:root", account))
	}
	return iampolicy.Document(iampolicy.Statement{
		Sid:       "Pull",
		Effect:    iampolicy.Allow,
		Principal: map[string]any{"AWS": principals},
		Action:    []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
	})
}

// lifecyclePolicy keeps the newest images. There is no rule for those without a tag: immutable tags leave none
// behind, so they are parts of a tagged one, or belong to it as its signature does.
func lifecyclePolicy(keep int) string {
	type selection struct {
		TagStatus   string `json:"tagStatus"`
		CountType   string `json:"countType"`
		CountNumber int    `json:"countNumber"`
	}
	type rule struct {
		Priority    int               `json:"rulePriority"`
		Description string            `json:"description"`
		Selection   selection         `json:"selection"`
		Action      map[string]string `json:"action"`
	}
	text, err := json.Marshal(map[string][]rule{"rules": {{
		Priority:    1,
		Description: fmt.Sprintf("keep the newest %d images", keep),
		Selection:   selection{TagStatus: "any", CountType: "imageCountMoreThan", CountNumber: keep},
		Action:      map[string]string{"type": "expire"},
	}}})
	if err != nil {
		panic("registry: " + err.Error()) // structs of strings and numbers always marshal
	}
	return string(text)
}
