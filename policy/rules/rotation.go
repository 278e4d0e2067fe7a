package rules

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

const smRotation = "aws:secretsmanager/secretRotation:SecretRotation"

var rotateSecrets = rule.Rule{
	ID:       "e10",
	Name:     "rotate-secrets",
	Title:    "Production secrets can be brought back for a while, and are made anew: by AWS, or by a dated setting",
	Why:      "a secret deleted at once is gone with all that needs it, and one that never changes stays known to everyone who ever saw it",
	Fix:      "leave recoveryWindowInDays out, and write a secretsmanager.SecretRotation of at most 90 days, or tag the secret with the day it is of",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Tiers:    []rule.Tier{rule.Prod},
	Controls: []rule.Control{
		rule.FSBP("SecretsManager.1"), rule.FSBP("SecretsManager.4"), rule.Checkov("CKV2_AWS_57"), rule.Checkov("CKV_AWS_304"),
	},
	Settings: []rule.Setting{
		{
			Name:        "days",
			Description: "How many days a secret that AWS rotates stays the same at most.",
			// What SecretsManager.4 asks for.
			Default: int64(90),
		},
		{
			Name:        "epochTags",
			Description: "Tags that hold the day a secret is of, for secrets that the program itself makes anew.",
			// The tag of the components that make secrets.
			Default: []string{"coffee:epoch"},
		},
	},
	AppliesTo: rule.OfType(smSecret, smRotation),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if r.Type == smSecret {
			demandAtLeast(r.Inputs.Get("recoveryWindowInDays"), 1, "", &result)
			return result
		}
		rules := r.Inputs.Get("rotationRules").Only()
		at := rules.Get("automaticallyAfterDays")
		days, state := at.Int()
		switch {
		case result.Unreadable(at, state, "a whole number"):
		case state == rule.Missing && rules.Get("scheduleExpression").State() != rule.Missing:
			result.Undetermined(rules.Get("scheduleExpression"), "is a schedule, whose days are not counted here")
		case state == rule.Missing:
			result.Fail(at, "is not set")
		case days > env.Settings.Number("days"):
			result.Fail(at, "is %s, more than %d", at.Show(), env.Settings.Number("days"))
		}
		return result
	},
	// How old a day in a tag is nobody can say from the program alone, so it is not asked:
	// whether a stack may be deployed would depend on the day.
	CheckStack: func(stack rule.Stack, env rule.Env) rule.Result {
		var result rule.Result
		secrets := stack.OfType(smSecret)
		if len(secrets) == 0 {
			return rule.Skip("no secret in the stack")
		}
		for _, secret := range secrets {
			rotations, more := stack.Referring(secret, "name", "secretId", rule.OfType(smRotation))
			dated := rule.Is(len(rotations) > 0)
			for _, tag := range env.Settings.Texts("epochTags") {
				text, state := secret.Inputs.Get("tags", tag).Text()
				_, err := time.Parse(time.DateOnly, text)
				dated = dated.Or(rule.Is(state == rule.Known && err == nil))
				if state == rule.Unknown {
					dated = dated.Or(rule.Maybe)
				}
			}
			switch {
			case dated == rule.Yes:
			case dated == rule.Maybe || more:
				result.Undetermined(secret.Inputs, "may be rotated: that is known only after deployment")
			default:
				result.Fail(secret.Inputs, "is neither rotated by AWS nor tagged with the day it is of")
			}
		}
		return result
	},
}
