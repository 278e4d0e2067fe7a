package databaseroles_test

import (
	"regexp"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/cluster"
	"coffee-platform/components/databaseroles"
	"coffee-platform/components/secrets"
	"coffee-platform/internal/testkit"
)

const (
	jobType       = "kubernetes:batch/v1:Job"
	configMapType = "kubernetes:core/v1:ConfigMap"
	accountType   = "kubernetes:core/v1:ServiceAccount"
	policyType    = "aws:iam/rolePolicy:RolePolicy"

	masterSecret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-11111111-AbCdEf"
	masterKey    = "arn:aws:kms:us-east-1:111122223333:key/11111111-1111-4111-8111-111111111111"

	image = "registry.example/mirror/image@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func validArgs() *databaseroles.Args {
	return &databaseroles.Args{
		App:           secrets.Rotation{Epoch: "2026-11-01"},
		Migrator:      secrets.Rotation{Epoch: "2026-11-01"},
		DatabaseName:  "coffee",
		DatabasePort:  5432,
		NamespaceName: "coffee",
		Region:        testkit.Region,
		AccountID:     testkit.Account,
		ClusterName:   testkit.ClusterName,
		Namespace:     pulumi.String("coffee"),
		DatabaseHost:  pulumi.String("coffee.abc.us-east-1.rds.amazonaws.com"),

		MasterSecretARN: pulumi.String(masterSecret),
		MasterKeyARN:    pulumi.String(masterKey),
	}
}

func program(args *databaseroles.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := create(ctx, args)
		return err
	}
}

// create gives the roles a cluster and credentials, as their user does.
func create(ctx *pulumi.Context, args *databaseroles.Args) (*databaseroles.DatabaseRoles, error) {
	c, err := cluster.New(ctx, "cluster", &cluster.Args{
		ClusterName: testkit.ClusterName, Version: "1.35", Admins: []string{"arn:aws:iam::111122223333:role/infrastructure"},
		LogRetentionDays: 30, Region: testkit.Region, AccountID: testkit.Account,
		PrivateSubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
	})
	if err != nil {
		return nil, err
	}
	args.Cluster = c.Name
	s, err := secrets.New(ctx, "secrets", &secrets.Args{Roles: map[string]secrets.Rotation{
		databaseroles.App: args.App, databaseroles.Migrator: args.Migrator,
	}})
	if err != nil {
		return nil, err
	}
	args.AppSecretARN = s.Stored[databaseroles.App].ARN
	args.MigratorSecretARN = s.Stored[databaseroles.Migrator].ARN
	args.SecretsKeyARN = s.KeyARN
	return databaseroles.New(ctx, "database-roles", args)
}

func job(t *testing.T, mode testkit.Mode, args *databaseroles.Args) testkit.Resource {
	t.Helper()
	return testkit.MustRun(t, mode, program(args)).One(t, jobType, "database-roles")
}

// containers are those of the Job's pod in the order they run in.
func containers(t *testing.T, job testkit.Resource) []map[string]any {
	t.Helper()
	spec := []any{"spec", "template", "spec"}
	require.Len(t, job.Get(t, append(spec, "initContainers")...), 1)
	require.Len(t, job.Get(t, append(spec, "containers")...), 1)
	return []map[string]any{
		job.Get(t, append(spec, "initContainers", 0)...).(map[string]any),
		job.Get(t, append(spec, "containers", 0)...).(map[string]any),
	}
}

// environment are a container's variables; one that is not known yet is missing.
func environment(container map[string]any) map[string]string {
	variables := map[string]string{}
	for _, v := range container["env"].([]any) {
		variable := v.(map[string]any)
		if value, ok := variable["value"].(string); ok {
			variables[variable["name"].(string)] = value
		}
	}
	return variables
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var own []string
			for _, x := range r.All() {
				if r.Descends(x, "coffee:databaseroles:DatabaseRoles") {
					own = append(own, x.Type+" "+x.Name)
				}
			}
			assert.Equal(t, []string{
				"aws:eks/podIdentityAssociation:PodIdentityAssociation database-roles",
				"aws:iam/role:Role database-roles",
				"aws:iam/rolePolicy:RolePolicy database-roles",
				"coffee:databaseroles:DatabaseRoles database-roles",
				"coffee:identity:Identity database-roles",
				"kubernetes:batch/v1:Job database-roles",
				"kubernetes:core/v1:ConfigMap database-roles",
				"kubernetes:core/v1:ServiceAccount database-roles",
				"kubernetes:networking.k8s.io/v1:NetworkPolicy database-roles",
			}, own)
		})
	}
}

// Three secrets, their two keys, and those only through Secrets Manager.
func TestPermissions(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	version := "aws:secretsmanager/secretVersion:SecretVersion"
	app := r.One(t, version, "secrets-app").Get(t, "secretId").(string)
	migrator := r.One(t, version, "secrets-migrator").Get(t, "secretId").(string)
	key := r.One(t, "aws:secretsmanager/secret:Secret", "secrets-app").Get(t, "kmsKeyId").(string)
	require.NotEqual(t, app, migrator)
	assert.JSONEq(t, `{
		"Version": "2012-10-17",
		"Statement": [
			{
				"Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"],
				"Resource": ["`+masterSecret+`", "`+app+`", "`+migrator+`"]
			},
			{
				"Sid": "Keys", "Effect": "Allow", "Action": ["kms:Decrypt"],
				"Resource": ["`+masterKey+`", "`+key+`"],
				"Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com"]}}
			}
		]
	}`, r.One(t, policyType, "database-roles").Get(t, "policy").(string))

	association := r.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "database-roles")
	job := r.One(t, jobType, "database-roles")
	assert.Equal(t, r.One(t, accountType, "database-roles").Get(t, "metadata", "name"), association.Get(t, "serviceAccount"))
	assert.Equal(t, job.Get(t, "spec", "template", "spec", "serviceAccountName"), association.Get(t, "serviceAccount"))
	assert.Equal(t, job.Get(t, "metadata", "namespace"), association.Get(t, "namespace"))
	assert.Contains(t, job.Dependencies, association.URN, "a pod that starts before has no identity")
}

func TestPodIsHardened(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			job := r.One(t, jobType, "database-roles")
			pod := job.Get(t, "spec", "template", "spec").(map[string]any)
			assert.Equal(t, map[string]any{
				"runAsNonRoot": true, "runAsUser": 10001., "runAsGroup": 10001., "fsGroup": 10001.,
				"seccompProfile": map[string]any{"type": "RuntimeDefault"},
			}, pod["securityContext"])
			assert.Equal(t, false, pod["automountServiceAccountToken"])
			assert.Equal(t, false, pod["enableServiceLinks"])
			assert.Equal(t, false, r.One(t, accountType, "database-roles").Get(t, "automountServiceAccountToken"))
			assert.Equal(t, "burstable", job.Get(t, "spec", "template", "metadata", "labels", "coffee.dev/qos"))
			for _, container := range containers(t, job) {
				assert.Equal(t, map[string]any{
					"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
					"capabilities": map[string]any{"drop": []any{"ALL"}},
				}, container["securityContext"])
				assert.Equal(t, map[string]any{
					"requests": map[string]any{"cpu": "100m", "memory": "128Mi"}, "limits": map[string]any{"memory": "256Mi"},
				}, container["resources"])
			}
		})
	}
}

// Credentials go from one container to the other in memory, and nowhere else.
func TestCredentialsStayInMemory(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			job := r.One(t, jobType, "database-roles")
			volumes := job.Get(t, "spec", "template", "spec", "volumes").([]any)
			require.Len(t, volumes, 2)
			assert.Equal(t, map[string]any{
				"name": "fetched", "emptyDir": map[string]any{"medium": "Memory", "sizeLimit": "1Mi"},
			}, volumes[1])
			for _, container := range containers(t, job) {
				assert.Equal(t, []any{
					map[string]any{"name": "scripts", "mountPath": "/scripts", "readOnly": true},
					map[string]any{"name": "fetched", "mountPath": "/fetched"},
				}, container["volumeMounts"])
				assert.Equal(t, "/fetched", environment(container)["FETCHED"])
			}
			assert.Empty(t, job.Secret)
			assert.Empty(t, r.One(t, configMapType, "database-roles").Secret)
		})
	}
}

// The Job runs to an end, tries again in new pods, stays to be read, and is made again if it failed.
func TestJobEnds(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			job := job(t, mode, validArgs())
			assert.EqualValues(t, 900, job.Get(t, "spec", "activeDeadlineSeconds"))
			assert.EqualValues(t, 4, job.Get(t, "spec", "backoffLimit"))
			assert.Equal(t, "Never", job.Get(t, "spec", "template", "spec", "restartPolicy"))
			assert.NotContains(t, job.Get(t, "spec"), "ttlSecondsAfterFinished")
			assert.Equal(t, "true", job.Get(t, "metadata", "annotations", "pulumi.com/replaceUnready"))
		})
	}
}

func TestContainersRunTheScripts(t *testing.T) {
	args := validArgs()
	args.App.PreviousEpoch = "2026-08-01"
	r := testkit.MustRun(t, testkit.Update, program(args))
	job, files := r.One(t, jobType, "database-roles"), r.One(t, configMapType, "database-roles")
	data := files.Get(t, "data").(map[string]any)
	assert.Equal(t, true, files.Get(t, "immutable"))
	assert.NotContains(t, files.Get(t, "metadata"), "name", "a changed script is another ConfigMap")
	assert.Equal(t, "database-roles-autonamed", job.Get(t, "spec", "template", "spec", "volumes", 0, "configMap", "name"))
	assert.Contains(t, data, "roles.sql")

	roles := map[string]string{
		"APP_ROLE": "coffee_app_20261101", "APP_ROLE_PREVIOUS": "coffee_app_20260801",
		"MIGRATOR_ROLE": "coffee_migrator_20261101", "MIGRATOR_ROLE_PREVIOUS": "",
	}
	version := "aws:secretsmanager/secretVersion:SecretVersion"
	images := databaseroles.DefaultImages()
	for i, want := range []struct {
		name, shell, image string
		environment        map[string]string
	}{
		{"fetch", "bash", images.AWSCLI, map[string]string{
			"AWS_REGION": "us-east-1", "MASTER_SECRET_ARN": masterSecret, "HOME": "/fetched",
			"APP_SECRET_ARN":      r.One(t, version, "secrets-app").Get(t, "secretId").(string),
			"MIGRATOR_SECRET_ARN": r.One(t, version, "secrets-migrator").Get(t, "secretId").(string),
		}},
		{"apply", "sh", images.Postgres, map[string]string{
			"PGHOST": "coffee.abc.us-east-1.rds.amazonaws.com", "PGPORT": "5432", "PGDATABASE": "coffee",
		}},
	} {
		for variable, role := range roles {
			want.environment[variable] = role
		}
		want.environment["SCRIPTS"], want.environment["FETCHED"] = "/scripts", "/fetched"
		container := containers(t, job)[i]
		assert.Equal(t, want.name, container["name"])
		assert.Equal(t, want.image, container["image"])
		assert.Equal(t, []any{want.shell, "/scripts/" + want.name + ".sh"}, container["command"])
		assert.Equal(t, want.environment, environment(container))
		assert.Contains(t, data, want.name+".sh")
	}
}

// Another Job is made when, and only when, there is something else to do.
func TestJobIsNamedAfterWhatItDoes(t *testing.T) {
	name := func(change func(*databaseroles.Args)) string {
		args := validArgs()
		change(args)
		return job(t, testkit.Preview, args).Get(t, "metadata", "name").(string)
	}
	same := name(func(*databaseroles.Args) {})
	assert.Regexp(t, `^database-roles-[0-9a-f]{10}$`, same)
	names := map[string]string{same: "nothing"}
	for what, change := range map[string]func(*databaseroles.Args){
		"app epoch":               func(a *databaseroles.Args) { a.App.Epoch = "2026-12-01" },
		"previous app epoch":      func(a *databaseroles.Args) { a.App.PreviousEpoch = "2026-10-01" },
		"migrator epoch":          func(a *databaseroles.Args) { a.Migrator.Epoch = "2026-12-01" },
		"previous migrator epoch": func(a *databaseroles.Args) { a.Migrator.PreviousEpoch = "2026-10-01" },
		"database":                func(a *databaseroles.Args) { a.DatabaseName = "tea" },
		"AWS CLI":                 func(a *databaseroles.Args) { a.Images = databaseroles.DefaultImages(); a.Images.AWSCLI = image },
		"psql":                    func(a *databaseroles.Args) { a.Images = databaseroles.DefaultImages(); a.Images.Postgres = image },
	} {
		changed := name(change)
		assert.Empty(t, names[changed], "%s does not make another Job", what)
		names[changed] = what
	}
	for what, change := range map[string]func(*databaseroles.Args){
		"default images": func(a *databaseroles.Args) { a.Images = databaseroles.DefaultImages() },
		"nodes":          func(a *databaseroles.Args) { a.After = nil },
		"namespace":      func(a *databaseroles.Args) { a.Namespace = pulumi.String("tea") },
	} {
		assert.Equal(t, same, name(change), what)
	}
}

// The publishers' images are pinned; a mirror's are taken as they are given.
func TestImagesAreByDigest(t *testing.T) {
	images := databaseroles.DefaultImages()
	for _, image := range []string{images.AWSCLI, images.Postgres} {
		assert.Regexp(t, regexp.MustCompile(`^public\.ecr\.aws/[a-z/-]+:[\w.-]+@sha256:[0-9a-f]{64}$`), image)
	}
	args := validArgs()
	args.Images = databaseroles.Images{AWSCLI: image, Postgres: image}
	for _, container := range containers(t, job(t, testkit.Update, args)) {
		assert.Equal(t, image, container["image"])
	}
}

// What a login is called in the secret is what roles.sql takes for a login.
func TestLoginsAreThoseOfTheScript(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	script := r.One(t, configMapType, "database-roles").Get(t, "data", "roles.sql").(string)
	patterns := regexp.MustCompile(`rolname ~ '([^']+)'`).FindAllStringSubmatch(script, -1)
	require.Len(t, patterns, 2)
	for _, pattern := range patterns {
		for _, role := range []string{databaseroles.App, databaseroles.Migrator} {
			assert.Regexp(t, pattern[1], secrets.RoleName(role, "2026-11-01"))
		}
		assert.NotRegexp(t, pattern[1], "coffee_app")
		assert.NotRegexp(t, pattern[1], "coffee_master")
	}
}

func TestJobWaits(t *testing.T) {
	args := validArgs()
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		node, err := corev1.NewNamespace(ctx, "node", &corev1.NamespaceArgs{})
		if err != nil {
			return err
		}
		args.After = []pulumi.Resource{node}
		_, err = create(ctx, args)
		return err
	})
	dependencies := r.One(t, jobType, "database-roles").Dependencies
	assert.Contains(t, dependencies, r.One(t, "kubernetes:core/v1:Namespace", "node").URN)
	for _, role := range []string{databaseroles.App, databaseroles.Migrator} {
		assert.Contains(t, dependencies, r.One(t, "aws:secretsmanager/secretVersion:SecretVersion", "secrets-"+role).URN,
			"before that there is no password to read")
	}
}

func TestOutputs(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		roles, err := create(ctx, validArgs())
		if err != nil {
			return err
		}
		_, err = cloudwatch.NewLogGroup(ctx, "user", &cloudwatch.LogGroupArgs{Tags: pulumi.StringMap{"job": roles.JobName}},
			pulumi.DependsOn([]pulumi.Resource{roles.Done}))
		return err
	})
	user, job := r.One(t, "aws:cloudwatch/logGroup:LogGroup", "user"), r.One(t, jobType, "database-roles")
	assert.Equal(t, job.Get(t, "metadata", "name"), user.Get(t, "tags", "job"))
	assert.Contains(t, user.Dependencies, job.URN)
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*databaseroles.Args)
		want   string
	}{
		{"no app epoch", func(a *databaseroles.Args) { a.App.Epoch = "" }, `app.epoch: "" is not a day`},
		{"migrator epochs the wrong way round", func(a *databaseroles.Args) { a.Migrator.PreviousEpoch = "2026-12-01" },
			"migrator.previousEpoch: 2026-12-01 is not before epoch 2026-11-01"},
		{"database name", func(a *databaseroles.Args) { a.DatabaseName = "Coffee" }, `databaseName: "Coffee" is not a database name`},
		{"database port", func(a *databaseroles.Args) { a.DatabasePort = 0 }, "databasePort: 0 is not a port: use 1 to 65535"},
		{"too high a port", func(a *databaseroles.Args) { a.DatabasePort = 65536 }, "databasePort: 65536 is not a port"},
		{"region", func(a *databaseroles.Args) { a.Region = "us-east-1a" }, `region: "us-east-1a" is not a region`},
		{"account", func(a *databaseroles.Args) { a.AccountID = "1" }, `accountId: "1" is not an AWS account`},
		{"cluster", func(a *databaseroles.Args) { a.ClusterName = "" }, "clusterName: is empty"},
		{"namespace", func(a *databaseroles.Args) { a.NamespaceName = "Coffee" }, `namespace: "Coffee" is not a DNS label`},
		{"AWS CLI by tag", func(a *databaseroles.Args) { a.Images = databaseroles.Images{AWSCLI: "aws/cli:2", Postgres: image} },
			`images.awsCli: "aws/cli:2" is not an image by digest`},
		{"only one image", func(a *databaseroles.Args) { a.Images.AWSCLI = image }, `images.postgres: "" is not an image by digest`},
		{"all at once", func(a *databaseroles.Args) { *a = databaseroles.Args{} }, "8 problems"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			err := testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := databaseroles.New(ctx, "database-roles", args)
				return err
			})
			assert.ErrorContains(t, err, c.want)
		})
	}
}
