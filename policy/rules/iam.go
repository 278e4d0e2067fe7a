package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

// Types of what holds permissions.
const (
	iamRole       = "aws:iam/role:Role"
	iamRolePolicy = "aws:iam/rolePolicy:RolePolicy"
)

// grantsPermissions selects what permissions are written in, attached or inline.
var grantsPermissions = rule.OfType(
	iamRole, iamRolePolicy, "aws:iam/policy:Policy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy",
	"aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
)

// permissionStatements reads the permissions written in a resource, however it has them:
// what a role trusts are none.
func permissionStatements(r rule.Resource, result *rule.Result) []iamdocument.Statement {
	if r.Type == iamRole {
		var statements []iamdocument.Statement
		for _, inline := range listed(r.Inputs.Get("inlinePolicies"), "a list of policies", result) {
			statements = append(statements, iamdocument.Statements(inline.Get("policy"), result)...)
		}
		return statements
	}
	return append(
		iamdocument.Statements(r.Inputs.Get("policy"), result),
		iamdocument.Statements(r.Inputs.Get("inlinePolicy"), result)...)
}

// eachPermission asks about every statement that allows something.
func eachPermission(ask func(iamdocument.Statement, rule.Env, *rule.Result)) func(rule.Resource, rule.Env) rule.Result {
	return func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		for _, statement := range permissionStatements(r, &result) {
			switch statement.Allows {
			case rule.Yes:
				ask(statement, env, &result)
			case rule.Maybe:
				result.Undetermined(statement.At.Get("Effect"), "is known only after deployment")
			}
		}
		return result
	}
}

// unscoped tells whether a statement is about everything its actions can be done to.
func unscoped(statement iamdocument.Statement) rule.Truth {
	whole := rule.Is(len(statement.NotResources) > 0)
	for _, at := range statement.Resources {
		pattern, state := at.Text()
		whole = whole.Or(knownTo(state, iamdocument.Unscoped(pattern)))
	}
	return whole
}

// allowsAny tells whether a statement allows one of the actions, and which pattern does.
func allowsAny(statement iamdocument.Statement, actions []string) (rule.Truth, rule.Value) {
	found, where := rule.No, statement.At
	for _, at := range statement.Actions {
		pattern, state := at.Text()
		matches := rule.Is(false)
		for _, action := range actions {
			matches = matches.Or(knownTo(state, iamdocument.Matches(pattern, action)))
		}
		if matches > found {
			found, where = matches, at
		}
	}
	// All but some actions are most likely also these.
	return found.Or(rule.Is(len(statement.NotActions) > 0)), where
}

// refuse records a statement for what it is when that is so, and that nobody knows when
// that is so.
func refuse(at rule.Value, is rule.Truth, what string, result *rule.Result) {
	switch is {
	case rule.Yes:
		result.Fail(at, "%s", what)
	case rule.Maybe:
		result.Undetermined(at, "may be one that %s: that is known only after deployment", what)
	}
}

var namedActions = rule.Rule{
	ID:       "f1",
	Name:     "named-actions",
	Title:    "Permissions name their actions",
	Why:      "with a wildcard for a whole service the permission grows with every action AWS adds to it",
	Fix:      "list the actions, or parts of them such as s3:Get*, and use Action instead of NotAction",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("IAM.1"), rule.FSBP("IAM.21"), rule.CISAWS("2.14"),
		rule.Checkov("CKV_AWS_62"), rule.Checkov("CKV_AWS_63"), rule.Trivy("AWS-0057"),
	},
	AppliesTo: grantsPermissions,
	Check: eachPermission(func(statement iamdocument.Statement, _ rule.Env, result *rule.Result) {
		if len(statement.NotActions) > 0 {
			result.Fail(statement.At.Get("NotAction"), "allows everything else there is")
		}
		for _, at := range statement.Actions {
			pattern, state := at.Text()
			service, action, _ := strings.Cut(pattern, ":")
			wide := iamdocument.Wildcard(action) || strings.ContainsAny(service, "*?")
			refuse(at, knownTo(state, wide), "allows every action of a service", result)
		}
	}),
}

// readingVerbs start the actions that change nothing and give nobody a permission.
var readingVerbs = []string{
	"BatchCheck", "BatchGet", "Check", "Describe", "Estimate", "Filter", "Get", "Head", "List", "Lookup",
	"Preview", "Query", "Scan", "Search", "Simulate", "Test", "Validate", "View",
}

// unscopable are actions that change something and take no resource
// (https://docs.aws.amazon.com/service-authorization/latest/reference/), of the services a
// program like this one uses.
var unscopable = []string{
	"acm:RequestCertificate", "cloudwatch:PutMetricData", "ec2messages:*", "ecr:CreateRepository",
	"kms:CreateKey", "kms:GenerateRandom", "route53:CreateHostedZone",
	"ssm:UpdateInstanceInformation", "ssmmessages:*",
	"xray:PutTelemetryRecords", "xray:PutTraceSegments",
}

// objectKeys are the keys of conditions that say what is changed, as patterns
// (https://docs.aws.amazon.com/service-authorization/latest/reference/), of the services a program like this one uses. That
// it is the account's own, as aws:ResourceAccount says, is no more than * does: everything in it.
var objectKeys = []string{
	"*:ResourceTag/*", "aws:RequestTag/*", "rds:*-tag/*",
	"ec2:CreateAction", "ec2:Subnet", "ec2:Vpc", "elasticloadbalancing:CreateAction",
	"iam:AWSServiceName", "kms:RequestAlias", "kms:ResourceAliases",
}

var scopedWrites = rule.Rule{
	ID:       "f2",
	Name:     "scoped-writes",
	Title:    "Permissions to change something say what may be changed",
	Why:      "what may change everything in the account breaks or gives away what has nothing to do with it",
	Fix:      "name ARNs in Resource, or add a condition on what is changed, such as aws:ResourceTag; one on the request, such as aws:SecureTransport, says nothing of it",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.Checkov("CKV_AWS_289"), rule.Checkov("CKV_AWS_290"), rule.Checkov("CKV_AWS_355")},
	Settings: []rule.Setting{
		{
			Name:        "unscopableActions",
			Description: "More actions that AWS cannot limit to a resource, as patterns.",
			Default:     []string{},
		},
		{
			Name:        "objectKeys",
			Description: "More keys of conditions that say what may be changed, as patterns.",
			Default:     []string{},
		},
	},
	AppliesTo: grantsPermissions,
	Check: eachPermission(func(statement iamdocument.Statement, env rule.Env, result *rule.Result) {
		keys := append(slices.Clip(objectKeys), env.Settings.Texts("objectKeys")...)
		wide := unscoped(statement).And(statement.NamesObject(keys).Not())
		for _, at := range statement.Actions {
			pattern, state := at.Text()
			writes := changes(pattern, append(unscopable, env.Settings.Texts("unscopableActions")...))
			refuse(at, wide.And(knownTo(state, writes)), "changes something and may be used on everything", result)
		}
		if len(statement.NotActions) > 0 {
			refuse(statement.At, wide, "changes something and may be used on everything", result)
		}
	}),
}

// changes tells whether a pattern takes in an action that changes something.
func changes(pattern string, unscopable []string) bool {
	_, action, _ := strings.Cut(pattern, ":")
	for _, verb := range readingVerbs {
		if strings.HasPrefix(strings.ToLower(action), strings.ToLower(verb)) {
			return false
		}
	}
	for _, known := range unscopable {
		if iamdocument.Matches(known, pattern) {
			return false
		}
	}
	return true
}

// escalations are the actions by which one who may use them on everything takes any other
// permission, reads credentials or carries data off. They are those of Checkov's checks
// 286 to 288, without what every client of a registry needs.
var escalations = []string{
	"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
	"iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:PassRole", "iam:PutGroupPolicy", "iam:PutRolePolicy",
	"iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
	"sts:AssumeRole",
	"cognito-identity:GetCredentialsForIdentity", "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential",
	"iam:UpdateAccessKey", "rds-db:connect", "redshift:GetClusterCredentials", "sso:GetRoleCredentials",
	"sts:GetFederationToken",
	"rds:CopyDBSnapshot", "rds:CreateDBSnapshot", "rds:ModifyDBSnapshotAttribute", "s3:GetObject",
	"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
}

var noEscalation = rule.Rule{
	ID:       "f3",
	Name:     "no-escalation",
	Title:    "Permissions that lead to others, to credentials or to data are limited to what they are for",
	Why:      "who may pass any role to a machine of theirs, or write any role's policy, may do everything, and who may read every secret knows everything",
	Fix:      "name the roles, secrets, parameters or buckets in Resource",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_AWS_286"), rule.Checkov("CKV_AWS_287"), rule.Checkov("CKV_AWS_288"),
		rule.Trivy("AWS-0342"), rule.Trivy("AWS-0345"),
	},
	AppliesTo: grantsPermissions,
	Check: eachPermission(func(statement iamdocument.Statement, _ rule.Env, result *rule.Result) {
		wide := unscoped(statement).Or(everyOne(statement, guarded...))
		allows, at := allowsAny(statement, escalations)
		refuse(at, allows.And(wide), "leads to other permissions, to credentials or to data, of everything there is", result)
	}),
}

// guarded are the kinds of things that escalations are done to, as the last parts of their ARNs with # for names
// (https://docs.aws.amazon.com/service-authorization/latest/reference/).
var guarded = []string{"role/#", "user/#", "group/#", "policy/#", "secret:#-#", "parameter/#", "dbuser:#/#"}

// everyOne tells whether a statement is about everything of one of some kinds.
func everyOne(statement iamdocument.Statement, kinds ...string) rule.Truth {
	every := rule.No
	for _, at := range statement.Resources {
		pattern, state := at.Text()
		for _, kind := range kinds {
			every = every.Or(knownTo(state, iamdocument.EveryOne(pattern, kind)))
		}
	}
	return every
}

var ownKeysOnly = rule.Rule{
	ID:        "f4",
	Name:      "own-keys-only",
	Title:     "Permission to decrypt names the keys",
	Why:       "a customer key protects nothing from someone who may decrypt with every key",
	Fix:       "name the ARNs of the keys in Resource",
	Severity:  apitype.PolicySeverityHigh,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.FSBP("KMS.1"), rule.FSBP("KMS.2")},
	AppliesTo: grantsPermissions,
	Check: eachPermission(func(statement iamdocument.Statement, _ rule.Env, result *rule.Result) {
		every := unscoped(statement).Or(everyOne(statement, "key/#"))
		allows, at := allowsAny(statement, []string{"kms:Decrypt", "kms:ReEncryptFrom"})
		refuse(at, allows.And(every), "decrypts with every key", result)
	}),
}
