package iampolicy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/iampolicy"
)

func TestDocument(t *testing.T) {
	assert.JSONEq(t, `{
		"Version": "2012-10-17",
		"Statement": [
			{
				"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::media/*"]
			},
			{
				"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["s3:*"], "Resource": ["arn:aws:s3:::media/*"],
				"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}
			}
		]
	}`, iampolicy.Document(
		iampolicy.Statement{
			Sid: "Read", Effect: iampolicy.Allow, Action: []string{"s3:GetObject", "s3:ListBucket"}, Resource: []string{"arn:aws:s3:::media/*"},
		},
		iampolicy.Statement{
			Effect: iampolicy.Deny, Principal: map[string]any{"AWS": "*"}, Action: []string{"s3:*"}, Resource: []string{"arn:aws:s3:::media/*"},
			Condition: map[string]map[string][]string{"Bool": {"aws:SecureTransport": {"false"}}},
		},
	))
}

// A document that is written differently each time is a change each time.
func TestDocumentIsWrittenAlikeEachTime(t *testing.T) {
	statement := iampolicy.Statement{
		Effect: iampolicy.Allow, Action: []string{"sts:AssumeRole"},
		Principal: map[string]any{"Service": "eks.amazonaws.com", "AWS": "arn:aws:iam::111122223333:root", "Federated": "x"},
		Condition: map[string]map[string][]string{"StringEquals": {"a": {"1"}, "b": {"2"}}, "ArnLike": {"c": {"3"}}},
	}
	first := iampolicy.Document(statement)
	for range 20 {
		assert.Equal(t, first, iampolicy.Document(statement))
	}
	assert.NotContains(t, first, "\n", "white space counts against the size of inline policies")
}

func TestServiceTrust(t *testing.T) {
	assert.JSONEq(t, `{
		"Version": "2012-10-17",
		"Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": ["sts:AssumeRole"]}]
	}`, iampolicy.ServiceTrust("eks.amazonaws.com"))
	assert.JSONEq(t, `{
		"Version": "2012-10-17",
		"Statement": [{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]
	}`, iampolicy.ServiceTrust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"))
}
