package faults_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox/faults"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]faults.Fault{
		"create aws:ec2/vpc:Vpc#1 throttle":                                 {Operation: "create", Type: "aws:ec2/vpc:Vpc", Nth: 1, Kind: faults.Throttle},
		"update kubernetes:apps/v1:Deployment#2 refuse":                     {Operation: "update", Type: "kubernetes:apps/v1:Deployment", Nth: 2, Kind: faults.Refuse},
		"delete kubernetes:networking.k8s.io/v1:NetworkPolicy#3 kill-after": {Operation: "delete", Type: "kubernetes:networking.k8s.io/v1:NetworkPolicy", Nth: 3, Kind: faults.KillAfter},
		"any any#57 kill-before":                                            {Operation: "any", Type: "any", Nth: 57, Kind: faults.KillBefore},
		"create any#10 interrupt":                                           {Operation: "create", Type: "any", Nth: 10, Kind: faults.Interrupt},
	} {
		got, err := faults.Parse(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, text, got.String())
	}
}

func TestWhatIsNoFault(t *testing.T) {
	for text, reason := range map[string]string{
		"":                                      "is not of the form",
		"create aws:ec2/vpc:Vpc#1":              "is not of the form",
		"create  aws:ec2/vpc:Vpc#1 refuse":      "is not of the form",
		"create aws:ec2/vpc:Vpc#1 refuse ":      "is not of the form",
		"read aws:ec2/vpc:Vpc#1 refuse":         `no operation "read": there are create, update, delete, any`,
		"create Vpc#1 refuse":                   `"Vpc" is none such as aws:ec2/vpc:Vpc`,
		"create aws:ec2/vpc:Vpc refuse":         "write aws:ec2/vpc:Vpc#1 for the first",
		"create aws:ec2/vpc:Vpc# refuse":        "does not say which call",
		"create aws:ec2/vpc:Vpc#0 refuse":       "does not say which call",
		"create aws:ec2/vpc:Vpc#01 refuse":      "does not say which call",
		"create aws:ec2/vpc:Vpc#-1 refuse":      "does not say which call",
		"create aws:ec2/vpc:Vpc#1#1 refuse":     "does not say which call",
		"create aws:ec2/vpc:Vpc#9999999 refuse": "does not say which call",
		"create aws:ec2/vpc:Vpc#1 explode":      `"explode" is none of [refuse throttle interrupt kill-before kill-after]`,
		"create aws:ec2/vpc:Vpc#1 Refuse":       `"Refuse" is none of`,
		"delete aws:ec2/vpc:Vpc#1 interrupt":    "only a creation is interrupted",
		"any any#1 interrupt":                   "only a creation is interrupted",
	} {
		_, err := faults.Parse(text)
		require.ErrorContains(t, err, reason, text)
		assert.ErrorContains(t, err, text)
	}
}

// What Parse takes is what String writes, to the letter.
func FuzzParse(f *testing.F) {
	f.Add("create aws:ec2/vpc:Vpc#1 throttle")
	f.Add("any any#57 kill-before")
	f.Add("delete kubernetes:networking.k8s.io/v1:NetworkPolicy#3 kill-after")
	f.Add("create aws:ec2/vpc:Vpc##1 refuse")
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := faults.Parse(text)
		if err != nil {
			return
		}
		assert.Equal(t, text, fault.String())
		assert.Positive(t, fault.Nth)
	})
}
