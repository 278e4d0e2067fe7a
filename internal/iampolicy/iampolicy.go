// Package iampolicy writes IAM policy documents: trust policies of roles, permissions, key policies.
package iampolicy

import (
	"encoding/json"
)

// version is the policy language's current version; documents without it fall back to that of 2008
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html).
const version = "2012-10-17"

// Statement is one statement of a document. Zero fields are left out.
type Statement struct {
	Sid       string                         `json:"Sid,omitempty"`
	Effect    Effect                         `json:"Effect"`
	Principal map[string]any                 `json:"Principal,omitempty"`
	Action    []string                       `json:"Action"`
	Resource  []string                       `json:"Resource,omitempty"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

// Effect is what a statement does to the requests it matches.
type Effect string

// The two effects a statement can have.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Document is the JSON of a policy document with the given statements.
func Document(statements ...Statement) string {
	text, err := json.Marshal(struct {
		Version   string
		Statement []Statement
	}{version, statements})
	if err != nil {
		panic("iampolicy: " + err.Error()) // strings and maps of strings always marshal
	}
	return string(text)
}

// ServiceTrust is the trust policy of a role that the AWS service (such as "eks.amazonaws.com") may
// assume by the given actions; without actions, by sts:AssumeRole.
func ServiceTrust(service string, actions ...string) string {
	if len(actions) == 0 {
		actions = []string{"sts:AssumeRole"}
	}
	return Document(Statement{
		Effect:    Allow,
		Principal: map[string]any{"Service": service},
		Action:    actions,
	})
}
