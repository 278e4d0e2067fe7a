package rules

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// What a rule knows by name is written here a second time, so that a name that is lost or mistyped there is missed.

// allowing is a policy that allows one action on a resource.
func allowing(action, on string) rule.Resource {
	return rule.Resource{Type: "aws:iam/policy:Policy", Inputs: rule.NewValue("u", properties(map[string]any{
		"policy": map[string]any{"Statement": map[string]any{"Effect": "Allow", "Action": action, "Resource": on}},
	}))}
}

func outcome(r rule.Rule, about rule.Resource) rule.Outcome {
	return r.Ask(about, rule.Env{Settings: r.Defaults(), Deployment: rule.Deployment{Tier: rule.Prod}}).Outcome()
}

// Those of the checks CKV_AWS_286 to 288 of Checkov.
func TestEveryEscalationIsSeen(t *testing.T) {
	for _, action := range []string{
		"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
		"iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:PassRole", "iam:PutGroupPolicy", "iam:PutRolePolicy",
		"iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
		"sts:AssumeRole",
		"cognito-identity:GetCredentialsForIdentity", "iam:CreateServiceSpecificCredential",
		"iam:ResetServiceSpecificCredential", "iam:UpdateAccessKey", "rds-db:connect", "redshift:GetClusterCredentials",
		"sso:GetRoleCredentials", "sts:GetFederationToken",
		"rds:CopyDBSnapshot", "rds:CreateDBSnapshot", "rds:ModifyDBSnapshotAttribute", "s3:GetObject",
		"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
	} {
		assert.Equal(t, rule.Failed, outcome(noEscalation, allowing(action, "*")), action)
		assert.Equal(t, rule.Passed, outcome(noEscalation, allowing(action, "arn:aws:service:us-east-1:111122223333:one")), action)
	}
}

func TestEveryWayToDecryptIsSeen(t *testing.T) {
	for _, action := range []string{"kms:Decrypt", "kms:ReEncryptFrom"} {
		assert.Equal(t, rule.Failed, outcome(ownKeysOnly, allowing(action, "*")), action)
	}
}

func TestReadingAndWhatHasNoResourceMayBeUsedOnEverything(t *testing.T) {
	for _, action := range []string{
		"x:BatchCheckA", "x:BatchGetA", "x:CheckA", "x:DescribeA", "x:EstimateA", "x:FilterA", "x:GetA", "x:HeadA", "x:ListA",
		"x:LookupA", "x:PreviewA", "x:QueryA", "x:ScanA", "x:SearchA", "x:SimulateA", "x:TestA", "x:ValidateA", "x:ViewA",
		"acm:RequestCertificate", "cloudwatch:PutMetricData", "ec2messages:SendReply", "ecr:CreateRepository",
		"kms:CreateKey", "kms:GenerateRandom", "route53:CreateHostedZone", "ssm:UpdateInstanceInformation",
		"ssmmessages:OpenDataChannel", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
	} {
		assert.Equal(t, rule.Passed, outcome(scopedWrites, allowing(action, "*")), action)
	}
	for _, action := range []string{"x:PutA", "x:BatchPutA", "acm:DeleteCertificate", "kms:ScheduleKeyDeletion", "x:A"} {
		assert.Equal(t, rule.Failed, outcome(scopedWrites, allowing(action, "*")), action)
	}
}

func TestEveryConditionOnTheObjectIsSeen(t *testing.T) {
	for key, value := range map[string]string{
		"aws:ResourceTag/a": "b", "aws:RequestTag/a": "b", "secretsmanager:ResourceTag/a": "b", "ssm:resourceTag/a": "b",
		"rds:db-tag/a": "b", "rds:req-tag/a": "b", "ec2:Vpc": "arn:aws:ec2:r:1:vpc/vpc-1", "ec2:Subnet": "arn:aws:ec2:r:1:subnet/subnet-1",
		"ec2:CreateAction": "RunInstances", "elasticloadbalancing:CreateAction": "CreateListener",
		"iam:AWSServiceName": "spot.amazonaws.com", "kms:RequestAlias": "alias/coffee/*", "kms:ResourceAliases": "alias/coffee",
	} {
		statement := map[string]any{"Effect": "Allow", "Action": "x:Put", "Resource": "*", "Condition": map[string]any{"StringLike": map[string]any{key: value}}}
		about := rule.Resource{Type: "aws:iam/policy:Policy", Inputs: rule.NewValue("u", properties(map[string]any{
			"policy": map[string]any{"Statement": statement},
		}))}
		assert.Equal(t, rule.Passed, outcome(scopedWrites, about), key)
	}
}

// The risks of https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks.
func TestEveryPowerIsSeen(t *testing.T) {
	for _, power := range []struct{ resources, verbs []string }{
		{[]string{"secrets"}, []string{"get", "list", "watch"}},
		{[]string{"roles", "anything"}, []string{"escalate", "bind", "impersonate"}},
		{[]string{"pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"}, []string{"create", "get", "update", "patch"}},
		{[]string{"nodes/proxy"}, []string{"get", "create"}},
		{[]string{"serviceaccounts/token"}, []string{"create"}},
		{[]string{"roles", "clusterroles", "rolebindings", "clusterrolebindings"}, []string{"create", "update", "patch"}},
		{[]string{"validatingwebhookconfigurations", "mutatingwebhookconfigurations"}, []string{"create", "update", "patch"}},
		{[]string{"certificatesigningrequests/approval"}, []string{"update", "patch"}},
		{[]string{"persistentvolumes"}, []string{"create"}},
	} {
		for _, on := range power.resources {
			for _, verb := range power.verbs {
				about := rule.Resource{Type: "kubernetes:rbac.authorization.k8s.io/v1:Role", Inputs: rule.NewValue("u", properties(map[string]any{
					"rules": []any{map[string]any{"apiGroups": []any{""}, "resources": []any{on}, "verbs": []any{verb}}},
				}))}
				assert.Equal(t, rule.Failed, outcome(narrowRBAC, about), "%s %s", verb, on)
			}
		}
	}
}

func TestEveryNameThatIsTriedFirstIsSeen(t *testing.T) {
	for _, name := range []string{"admin", "administrator", "postgres", "root", "rdsadmin", "sa", "awsuser", "master", "user", "Admin"} {
		about := func(username string) rule.Resource {
			return rule.Resource{Type: rdsInstance, Inputs: rule.NewValue("u", properties(map[string]any{
				"username": username, "port": 5433, "iamDatabaseAuthenticationEnabled": true,
			}))}
		}
		assert.Equal(t, rule.Failed, outcome(unguessableDatabases, about(name)), name)
		assert.Equal(t, rule.Passed, outcome(unguessableDatabases, about("coffee_"+name)), name)
	}
}
