package databaseroles

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/identity"
	"coffee-platform/components/networkpolicy"
	"coffee-platform/components/secrets"
	"coffee-platform/internal/awsname"
	"coffee-platform/internal/image"
	"coffee-platform/internal/problem"
)

// The names of the roles in secrets.Args.Roles, whose credentials are the logins'.
const (
	// App reads and writes data.
	App = "app"
	// Migrator makes and changes what the data is in.
	Migrator = "migrator"
)

// Args describe the database's roles. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// App and Migrator are the epochs of the logins. The login of a previous epoch stays while it is named,
	// and is dropped when it is not.
	App      secrets.Rotation
	Migrator secrets.Rotation
	// DatabaseName is the database whose roles they are, DatabasePort the port it is on.
	DatabaseName string
	DatabasePort int
	// Images are what the Job runs in; the zero value is DefaultImages.
	Images Images
	// NamespaceName is the name of Namespace, for the Job's identity.
	NamespaceName string
	// Region, AccountID and ClusterName say which cluster it runs in.
	Region      string
	AccountID   string
	ClusterName string

	// Priority names the PriorityClass of the Job's pods, "" is none. Rules say whom they may call.
	Priority string
	Rules    networkpolicy.Rules

	// Namespace is where the Job runs, Cluster the name of the cluster as what creates it gives it.
	Namespace pulumi.StringInput
	Cluster   pulumi.StringInput
	// DatabaseHost is the database's address, as its certificate names it.
	DatabaseHost pulumi.StringInput
	// MasterSecretARN is the secret with the master user's credentials, MasterKeyARN the key it is encrypted with.
	MasterSecretARN pulumi.StringInput
	MasterKeyARN    pulumi.StringInput
	// AppSecretARN and MigratorSecretARN are the secrets with the logins' credentials, known once they can be
	// read; SecretsKeyARN is the key they are encrypted with.
	AppSecretARN      pulumi.StringInput
	MigratorSecretARN pulumi.StringInput
	SecretsKeyARN     pulumi.StringInput
	// After are the resources after which pods can run: nodes to run on, what lets them reach the database.
	After []pulumi.Resource
}

// Images are container images by digest: "registry/name:tag@sha256:…". A mirror has the same digests.
type Images struct {
	// AWSCLI has the AWS CLI, bash, curl and jq.
	AWSCLI string
	// Postgres has psql, of the database's major version or a later one.
	Postgres string
}

// DefaultImages are the publishers' own.
func DefaultImages() Images {
	return Images{
		AWSCLI:   "public.ecr.aws/aws-cli/aws-cli:2.37.0@sha256:337494c2047176fe9abcf45a5d1eaf1c2c62cae40953284fb1143b5c6170f065",
		Postgres: "public.ecr.aws/docker/library/postgres:16.14-alpine@sha256:e013e867e712fec275706a6c51c966f0bb0c93cfa8f51000f85a15f9865a28cb",
	}
}

func (i Images) orDefault() Images {
	if i == (Images{}) {
		return DefaultImages()
	}
	return i
}

var databaseName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	problems := a.identity().Validate()
	problems.AddUnder("app", a.App.Validate())
	problems.AddUnder("migrator", a.Migrator.Validate())
	if !databaseName.MatchString(a.DatabaseName) {
		problems.Add("databaseName", "%q is not a database name: start with a lower-case letter, then letters, digits and _, at most 63", a.DatabaseName)
	}
	if a.DatabasePort < 1 || a.DatabasePort > 65535 {
		problems.Add("databasePort", "%d is not a port: use 1 to 65535", a.DatabasePort)
	}
	if !awsname.IsRegion(a.Region) {
		problems.Add("region", "%q is not a region: write one like us-east-1", a.Region)
	}
	problems.AddUnder("rules", a.Rules.Validate())
	images := a.Images.orDefault()
	for path, name := range map[string]string{"images.awsCli": images.AWSCLI, "images.postgres": images.Postgres} {
		if !image.IsByDigest(name) {
			problems.Add(path, "%q is not an image by digest: %s", name, image.Remedy)
		}
	}
	return problems
}

// identity is whom the Job's pods are to AWS; its permissions are known later.
func (a *Args) identity() *identity.Args {
	return &identity.Args{
		Namespace:      a.NamespaceName,
		ServiceAccount: jobName,
		Region:         a.Region,
		AccountID:      a.AccountID,
		ClusterName:    a.ClusterName,
		Cluster:        a.Cluster,
	}
}
