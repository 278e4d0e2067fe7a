package iamdocument

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

func document(policy resource.PropertyValue) rule.Value {
	return rule.NewValue("urn", resource.PropertyMap{"policy": policy}).Get("policy")
}

func text(json string) rule.Value { return document(resource.NewProperty(json)) }

func TestStatementsAreReadFromJSONAndObjects(t *testing.T) {
	object := resource.NewPropertyMapFromMap(map[string]any{
		"Statement": map[string]any{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"},
	})
	for name, at := range map[string]rule.Value{
		"json list":   text(`{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"], "Principal": {"AWS": "*"}}]}`),
		"json single": text(`{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": "*"}}`),
		"object":      document(resource.NewProperty(object)),
		"secret":      document(resource.MakeSecret(resource.NewProperty(object))),
	} {
		var result rule.Result
		statements := Statements(at, &result)
		assert.Equal(t, rule.Passed, result.Outcome(), name)
		if assert.Len(t, statements, 1, name) {
			assert.Equal(t, rule.Yes, statements[0].Open(), name)
			action, _ := statements[0].Actions[0].Text()
			assert.Equal(t, "s3:GetObject", action, name)
		}
	}
}

func TestStatementsRefuseWhatTheyCannotRead(t *testing.T) {
	for name, at := range map[string]rule.Value{
		"no json":           text(`{"Statement": `),
		"a list":            text(`[]`),
		"no statement":      text(`{}`),
		"a misspelt key":    text(`{"Statement": [{"Effect": "Deny", "Actions": "*"}]}`),
		"lower case":        text(`{"Statement": [{"effect": "Deny"}]}`),
		"no effect":         text(`{"Statement": [{"Action": "*"}]}`),
		"a number":          text(`{"Statement": [{"Effect": "Deny", "Action": {"a": 1}}]}`),
		"a text principal":  text(`{"Statement": [{"Effect": "Deny", "Principal": "me"}]}`),
		"a text condition":  text(`{"Statement": [{"Effect": "Deny", "Condition": "x"}]}`),
		"a statement text":  text(`{"Statement": ["Allow"]}`),
		"condition operand": text(`{"Statement": [{"Effect": "Deny", "Condition": {"Bool": "x"}}]}`),
	} {
		var result rule.Result
		for _, statement := range Statements(at, &result) {
			assert.Empty(t, statement.Principals, name)
		}
		assert.Equal(t, rule.Failed, result.Outcome(), name)
	}
}

func TestUnknownDocumentsAreUndetermined(t *testing.T) {
	var result rule.Result
	assert.Empty(t, Statements(document(resource.MakeComputed(resource.NewProperty(""))), &result))
	assert.Equal(t, rule.Undetermined, result.Outcome())
}

func TestOpenUnlessNarrowed(t *testing.T) {
	for condition, want := range map[string]rule.Truth{
		`{}`: rule.Yes,
		`{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}`:                                       rule.No,
		`{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}}`:                      rule.No,
		`{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["o-1/*"]}}`:                     rule.Yes,
		`{"StringEqualsIfExists": {"aws:SourceAccount": "1"}}`:                                  rule.Yes,
		`{"StringNotEquals": {"aws:SourceAccount": "1"}}`:                                       rule.Yes,
		`{"StringLike": {"aws:SourceAccount": "*"}}`:                                            rule.Yes,
		`{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}`:                                          rule.Yes,
		`{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}`:                                       rule.No,
		`{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::/0"]}}`:                               rule.Yes,
		`{"StringEquals": {"aws:SourceAccount": []}}`:                                           rule.Yes,
		`{"Bool": {"aws:SecureTransport": true}}`:                                               rule.Yes,
		`{"Bool": {"aws:SecureTransport": true}, "StringEquals": {"aws:SourceVpce": "vpce-1"}}`: rule.No,
	} {
		var result rule.Result
		statements := Statements(text(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": `+condition+`}}`), &result)
		assert.Empty(t, result.Failures, condition)
		assert.Equal(t, want, statements[0].Open(), condition)
	}
	for statement, want := range map[string]rule.Truth{
		`{"Effect": "Deny", "Principal": "*"}`:                                       rule.No,
		`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}}`:           rule.No,
		`{"Effect": "Allow", "Principal": {"Service": "*"}}`:                         rule.No,
		`{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}}`:        rule.Yes,
		`{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}}`:    rule.Yes,
		`{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::1:oidc-p/x"}}`: rule.No,
	} {
		var result rule.Result
		statements := Statements(text(`{"Statement": [`+statement+`]}`), &result)
		assert.Equal(t, want, statements[0].Open(), statement)
	}
}

// A value that anyone can have narrows nothing, whichever part of it is written out.
func TestOnlyWhatNamesSomebodyNarrows(t *testing.T) {
	accounts := []string{"111122223333", "?11122223333", "1111*", "${aws:PrincipalAccount}", ""}
	arns := []string{
		"arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/admin", "arn:aws:iam::11112222333?:role/admin",
		"arn:aws:iam::${aws:PrincipalAccount}:role/admin", "arn:aws:iam::1", "*:111122223333:*", "arn:aws:s3:::*/media", "arn:aws:s3:::",
	}
	for key, values := range map[string][]string{
		"aws:PrincipalAccount":      accounts,
		"aws:SourceAccount":         accounts,
		"aws:SourceOwner":           accounts,
		"kms:CallerAccount":         accounts,
		"s3:DataAccessPointAccount": accounts,
		"aws:PrincipalOrgID":        {"o-1", "o-*", "${aws:PrincipalOrgID}"},
		"aws:SourceOrgID":           {"o-1", "o-?"},
		"aws:SourceVpc":             {"vpc-1", "vpc-*"},
		"aws:SourceVpce":            {"vpce-1", "vpce-*"},
		"aws:PrincipalArn":          arns,
		"aws:SourceArn":             arns,
		"s3:DataAccessPointArn":     arns,
		"aws:PrincipalOrgPaths":     {"o-1/r-1/*", "o-*/r-1/ou-1/", "*/ou-1/"},
		"aws:SourceOrgPaths":        {"o-1/*", "*"},
		"aws:userid":                {"AROAEXAMPLE:*", "*:session", "AROA*", "${aws:userid}"},
		"aws:SourceIp":              {"203.0.113.7", "0.0.0.0/1", "2000::/31", "::ffff:0.0.0.0/96", "203.0.113.*", "anywhere"},
	} {
		for i, value := range values {
			statement := `{"Effect": "Allow", "Principal": "*", "Condition": {"StringLike": {"` + key + `": "` + value + `"}}}`
			var result rule.Result
			statements := Statements(text(`{"Statement": `+statement+`}`), &result)
			assert.Equal(t, rule.Is(i > 0), statements[0].Open(), statement)
		}
	}
	for value, open := range map[string]bool{
		`{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::media/*"}}`:                                       false,
		`{"ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"}}`:                             true,
		`{"ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/Z1"}}`:                            false,
		`{"StringEqualsIgnoreCase": {"aws:SourceVpc": "vpc-1"}}`:                                       false,
		`{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`:                                            false,
		`{"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}`:                                             false,
		`{"IpAddress": {"aws:SourceIp": "11.0.0.0/8"}}`:                                                false,
		`{"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}}`:                                                true,
		`{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-*"]}}`:                                   true,
		`{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}`:                                             true,
		`{"StringEquals": {"aws:PrincipalType": "User", "aws:SourceVpc": "*"}}`:                        true,
		`{"StringEquals": {"aws:SourceVpc": "vpc-1"}, "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}`: false,
	} {
		var result rule.Result
		statements := Statements(text(`{"Statement": {"Effect": "Allow", "Principal": "*", "Condition": `+value+`}}`), &result)
		assert.Equal(t, rule.Is(open), statements[0].Open(), value)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"iam:PassRole", "iam:passrole", true},
		{"iam:Pass*", "iam:PassRole", true},
		{"iam:*Role", "iam:PassRole", true},
		{"iam:?assRole", "iam:PassRole", true},
		{"*", "iam:PassRole", true},
		{"iam:*a*o*e", "iam:PassRole", true},
		{"iam:Pass", "iam:PassRole", false},
		{"iam:PassRole?", "iam:PassRole", false},
		{"", "iam:PassRole", false},
		{"***", "", true},
	} {
		assert.Equal(t, c.want, Matches(c.pattern, c.text), "%s %s", c.pattern, c.text)
	}
}

func TestUnscoped(t *testing.T) {
	for resource, want := range map[string]bool{
		"*":                             true,
		"**":                            true,
		"arn:aws:s3:::*":                true,
		"arn:aws:logs:*:*:*":            true,
		"arn:aws:s3:::*/*":              true,
		"arn:aws:apigateway:r::/*":      true,
		"arn:aws:logs:*:*:*:?":          true,
		"arn:aws:apigateway:r::/":       false,
		"arn:aws:s3:::bucket/*":         false,
		"arn:aws:ec2:*:*:volume/*":      false,
		"arn:aws:iam::1:role/*":         false,
		"arn:aws:logs:r:1:log-group:*":  false,
		"":                              false,
		"arn:aws:dynamodb:r:1:table/x*": false,
	} {
		assert.Equal(t, want, Unscoped(resource), resource)
	}
}

func TestEveryOne(t *testing.T) {
	for resource, want := range map[string]bool{
		"*":                              true,
		"arn:aws:ssm:r:1:*":              true,
		"arn:aws:ssm:r:1:parameter/*":    true,
		"arn:aws:ssm:r:1:Parameter/?*":   true,
		"arn:aws:ssm:r:1:par*":           true,
		"arn:aws:ssm:r:1:*/??????":       true,
		"arn:aws:ssm:r:1:parameter/?":    false,
		"arn:aws:ssm:r:1:parameter/a*":   false,
		"arn:aws:ssm:r:1:parameter/m*":   false,
		"arn:aws:ssm:r:1:parameter/*/*":  false,
		"arn:aws:ssm:r:1:document/*":     false,
		"arn:aws:ssm:parameter/*:1:name": false,
		"":                               false,
	} {
		assert.Equal(t, want, EveryOne(resource, "parameter/#"), resource)
	}
	assert.True(t, EveryOne("arn:aws:rds-db:r:1:dbuser:*/*", "dbuser:#/#"))
	assert.False(t, EveryOne("arn:aws:rds-db:r:1:dbuser:*/a", "dbuser:#/#"))
}

// Whatever is written into a policy, reading it ends.
func FuzzStatements(f *testing.F) {
	f.Add(`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "*", "Condition": {"Bool": {"a": [true]}}}]}`)
	f.Add(`{"Statement": {"NotAction": null, "Condition": {"": {"": 1e400}}}}`)
	f.Add(`[{}]`)
	f.Fuzz(func(_ *testing.T, json string) {
		var result rule.Result
		for _, statement := range Statements(text(json), &result) {
			statement.Open()
			statement.Holds("Bool", "aws:SecureTransport", "false")
			for _, resource := range statement.Resources {
				pattern, _ := resource.Text()
				Unscoped(pattern)
				EveryOne(pattern, pattern)
				_ = Matches(pattern, json) // only that it ends
			}
		}
	})
}
