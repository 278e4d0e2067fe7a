package secrets_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/secrets"
	"coffee-platform/components/storedsecret"
	"coffee-platform/internal/testkit"
)

const (
	passwordType = "random:index/randomPassword:RandomPassword"
	secretType   = "aws:secretsmanager/secret:Secret"
	versionType  = "aws:secretsmanager/secretVersion:SecretVersion"
)

func validArgs() *secrets.Args {
	return &secrets.Args{
		Keys:    map[string]secrets.Rotation{"jwt": {Epoch: "2026-12-01", PreviousEpoch: "2026-11-01"}},
		Roles:   map[string]secrets.Rotation{"app": {Epoch: "2026-11-01"}},
		Protect: true,
	}
}

func program(args *secrets.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := secrets.New(ctx, "secrets", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			require.Len(t, r.All(), 9, "%v", r.Names())
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:secrets:Secrets"), "%s is an orphan", x.URN)
			}
		})
	}
}

// value is what a secret holds.
func value(t *testing.T, r *testkit.Recorder, name string) map[string]string {
	t.Helper()
	version := r.One(t, versionType, name)
	assert.True(t, version.Secret["secretString"], "%s is in the state for everybody to read", name)
	var held map[string]string
	require.NoError(t, json.Unmarshal([]byte(version.Get(t, "secretString").(string)), &held))
	return held
}

func TestKeysHoldTheCurrentAndThePreviousValue(t *testing.T) {
	held := value(t, testkit.MustRun(t, testkit.Update, program(validArgs())), "secrets-jwt")
	assert.Len(t, held["current"], 64)
	assert.Len(t, held["previous"], 64)
	assert.NotEqual(t, held["current"], held["previous"])

	args := validArgs()
	args.Keys["jwt"] = secrets.Rotation{Epoch: "2026-12-01"}
	assert.NotContains(t, value(t, testkit.MustRun(t, testkit.Update, program(args)), "secrets-jwt"), "previous")
}

// A value is the same one when it goes from being the current to being the previous: tokens signed with it
// are still good.
func TestRotationKeepsThePreviousValue(t *testing.T) {
	before := validArgs()
	before.Keys["jwt"] = secrets.Rotation{Epoch: "2026-11-01"}
	first := value(t, testkit.MustRun(t, testkit.Update, program(before)), "secrets-jwt")
	second := value(t, testkit.MustRun(t, testkit.Update, program(validArgs())), "secrets-jwt")
	assert.Equal(t, first["current"], second["previous"])
	assert.NotEqual(t, first["current"], second["current"])
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Len(t, r.OfType(passwordType), 3)
	r.One(t, passwordType, "secrets-jwt-2026-11-01") // by name: the engine keeps it from one deployment to the next
}

// Each epoch is a role of its own, so that the one before works until nobody uses it.
func TestRolesHaveARoleNamePerEpoch(t *testing.T) {
	held := value(t, testkit.MustRun(t, testkit.Update, program(validArgs())), "secrets-app")
	assert.Equal(t, "coffee_app_20261101", held["username"])
	assert.Len(t, held["password"], 64)
	assert.Len(t, held, 2)
}

func TestSecretsAreEncryptedAndProtected(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "secrets").Protect)
		for _, name := range []string{"secrets-jwt", "secrets-app"} {
			secret := r.One(t, secretType, name)
			assert.Equal(t, protected, secret.Protect)
			assert.Contains(t, secret.Get(t, "kmsKeyId"), ":key/")
			assert.EqualValues(t, 30, secret.Get(t, "recoveryWindowInDays"))
		}
		assert.Equal(t, "2026-12-01", r.One(t, secretType, "secrets-jwt").Get(t, "tags", storedsecret.EpochTag))
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*secrets.Args)
		want   string
	}{
		{"name", func(a *secrets.Args) { a.Keys["JWT key"] = secrets.Rotation{Epoch: "2026-11-01"} }, `keys.JWT key: "JWT key" is not a name`},
		{"no epoch", func(a *secrets.Args) { a.Roles["app"] = secrets.Rotation{} }, `roles.app.epoch: "" is not a day`},
		{"epoch", func(a *secrets.Args) { a.Roles["app"] = secrets.Rotation{Epoch: "2026-13-01"} }, `roles.app.epoch: "2026-13-01" is not a day`},
		{"previous epoch", func(a *secrets.Args) { a.Keys["jwt"] = secrets.Rotation{Epoch: "2026-11-01", PreviousEpoch: "x"} }, `keys.jwt.previousEpoch: "x" is not a day`},
		{"previous is current", func(a *secrets.Args) {
			a.Keys["jwt"] = secrets.Rotation{Epoch: "2026-11-01", PreviousEpoch: "2026-11-01"}
		}, "keys.jwt.previousEpoch: 2026-11-01 is not before"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
