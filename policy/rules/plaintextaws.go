package rules

import (
	"cmp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/plaintext"
	"coffee-platform/policy/rule"
)

// secretInputs says where resources take a secret in the clear. What Pulumi does not know
// to be secret is in the state, in previews and in logs for everyone to read.
var secretInputs = map[string][]string{
	rdsInstance:      {"password"},
	rdsCluster:       {"masterPassword"},
	replicationGroup: {"authToken"},
	cacheUser:        {"passwords", "authenticationMode"},
	"aws:secretsmanager/secretVersion:SecretVersion": {"secretString", "secretBinary"},
	"aws:ssm/parameter:Parameter":                    {"value"},
}

var markSecrets = rule.Rule{
	ID:        "h5",
	Name:      "mark-secrets",
	Title:     "Passwords, tokens and secrets are marked secret in the state",
	Why:       "what is not marked is written into the state and shown in previews as it is",
	Fix:       "give the value as a secret (pulumi.ToSecret, a secret setting), or let RDS manage the password (manageMasterUserPassword)",
	Severity:  apitype.PolicySeverityCritical,
	Level:     apitype.Mandatory,
	AppliesTo: func(r rule.Resource) bool { return secretInputs[r.Type] != nil },
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if at := r.Inputs.Get("type"); r.Type == "aws:ssm/parameter:Parameter" {
			kind, state := at.Text()
			if state == rule.Known && kind != "SecureString" {
				return rule.Skip("a parameter that is no secret")
			}
		}
		for _, name := range secretInputs[r.Type] {
			checkMarked(r.Inputs.Get(name), &result)
		}
		return result
	},
}

// checkMarked looks for the mark on a value, or on each of those it holds.
func checkMarked(at rule.Value, result *rule.Result) {
	if at.State() == rule.Missing || at.Secret() {
		return
	}
	items, isList := at.List()
	keys, isObject := at.Keys()
	switch {
	case at.State() == rule.Unknown:
		result.Undetermined(at, "is known only after deployment, and may be marked then")
	case isList == rule.Known:
		for _, item := range items {
			checkMarked(item, result)
		}
	case isObject == rule.Known:
		for _, key := range keys {
			// How a user signs in is no secret, only with what.
			if key == "passwords" {
				checkMarked(at.Get(key), result)
			}
		}
	default:
		result.Fail(at, "is not marked secret")
	}
}

var noSecretsInUserData = rule.Rule{
	ID:       "h6",
	Name:     "no-secrets-in-user-data",
	Title:    "Neither what machines start with nor the provider's settings hold secrets",
	Why:      "user data is shown to everyone who may describe the machine, and to every pod that reaches its metadata; keys of a provider are in every state",
	Fix:      "let the machine read the secret by its role, and let the provider use the role of the session",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_AWS_41"), rule.Checkov("CKV_AWS_46"), rule.Trivy("AWS-0029"), rule.Trivy("AWS-0129"),
	},
	AppliesTo: either(
		rule.OfType(awsProvider, ec2Instance, ec2SpotRequest, ec2LaunchTemplate, ec2LaunchConfig),
		object.Selects(kindAutoNodeClass, kindKarpenterNodeClass)),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if r.Type == awsProvider {
			for _, name := range []string{"accessKey", "secretKey", "token"} {
				at := r.Inputs.Get(name)
				if state := at.State(); state == rule.Known {
					result.Fail(at, "is a credential")
				} else if state == rule.Unknown {
					result.Undetermined(at, "is known only after deployment")
				}
			}
			return result
		}
		checkUserData(r.Inputs.Get("userData"), &result)
		checkUserData(r.Inputs.Get("userDataBase64"), &result)
		for _, class := range object.In(r, &result, kindAutoNodeClass, kindKarpenterNodeClass) {
			checkUserData(class.Get("spec", "userData"), &result)
		}
		return result
	},
}

const awsProvider = "pulumi:providers:aws"

// checkUserData looks at every line and every command of a script, which may be written in base64. A script
// that is marked secret is no better: the machine shows it.
func checkUserData(at rule.Value, result *rule.Result) {
	text, state := at.Text()
	if result.Unreadable(at, state, "a string") {
		return
	}
	text = plaintext.Decoded(text)
	// With its end, so that a script of one line is read as one of many.
	if why := cmp.Or(plaintext.Secret("", text+"\n"), plaintext.Arguments("", text)); why != "" {
		result.Fail(at, "%s", why)
	}
}
