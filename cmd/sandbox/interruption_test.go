package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/chain"
	"coffee-platform/internal/sandbox/faults"
)

const vpcURN = "urn:pulumi:prod::coffee-platform::coffee:network:Network$aws:ec2/vpc:Vpc::network"

func TestFlagsOfADeploymentThatFails(t *testing.T) {
	c, err := parse([]string{"up", "-refresh", "-scale", "60", "-parallel", "32", "-fault", "create aws:ec2/vpc:Vpc#1 throttle", "-fault", "any any#7 kill-after"}, &bytes.Buffer{})
	require.NoError(t, err)
	assert.True(t, c.refreshFirst)
	assert.InDelta(t, 60, c.options.TimeScale, 0)
	assert.Equal(t, 32, c.options.Parallel)
	assert.Equal(t, []faults.Fault{
		{Operation: "create", Type: "aws:ec2/vpc:Vpc", Nth: 1, Kind: faults.Throttle},
		{Operation: "any", Type: "any", Nth: 7, Kind: faults.KillAfter},
	}, c.options.Faults)

	for reason, args := range map[string][]string{
		"is not of the form":            {"up", "-fault", "fail"},
		"-scale and -parallel are 0":    {"up", "-scale", "-1"},
		"-parallel are 0 or more":       {"up", "-parallel", "-1"},
		"does not say which call fails": {"up", "-fault", "create aws:ec2/vpc:Vpc throttle"},
	} {
		_, err := parse(args, &bytes.Buffer{})
		assert.ErrorContains(t, err, reason)
	}
}

func TestAdopt(t *testing.T) {
	exported := `{"version": 3, "deployment": {"resources": [], "pending_operations": [
		{"type": "creating", "resource": {"urn": "` + vpcURN + `", "custom": true, "type": "aws:ec2/vpc:Vpc"}}]}}`
	var out bytes.Buffer
	require.NoError(t, adoptFrom(strings.NewReader(exported), &out, []string{vpcURN + "=vpc-1"}))
	assert.JSONEq(t, `{"version": 3, "deployment": {"pending_operations": null, "resources": [
		{"urn": "`+vpcURN+`", "custom": true, "type": "aws:ec2/vpc:Vpc", "id": "vpc-1"}]}}`, out.String())

	for reason, args := range map[string][]string{
		"pulumi stack export | sandbox adopt": {},
		"Puts objects that a killed":          {"-help"},
		"write it in single quotes":           {"vpc-1"},
		`is not of the form <urn>=<id>`:       {vpcURN},
		"is there twice":                      {vpcURN + "=vpc-1", vpcURN + "=vpc-2"},
		"is not a pending creation":           {"urn:pulumi:prod::x=y"},
	} {
		assert.ErrorContains(t, adoptFrom(strings.NewReader(exported), &bytes.Buffer{}, args), reason)
	}
	assert.ErrorContains(t, adoptFrom(strings.NewReader("{"), &bytes.Buffer{}, []string{vpcURN + "=vpc-1"}), "reading the exported state")
}

// The commands for a real account adopt what is there, and nothing that is not or may be another's.
func TestShowPending(t *testing.T) {
	var out bytes.Buffer
	c := &command{options: sandbox.Options{Out: &out}}
	c.showPending([]sandbox.PendingCreate{
		{URN: vpcURN, Type: "aws:ec2/vpc:Vpc", Found: []string{"vpc-1"}},
		{URN: vpcURN + "-2", Type: "aws:ec2/vpc:Vpc"},
		{URN: vpcURN + "-3", Type: "aws:ec2/vpc:Vpc", Found: []string{"vpc-3", "vpc-4"}},
	})
	assert.Contains(t, out.String(), "network    vpc-1\n")
	assert.Contains(t, out.String(), "network-2  not there\n")
	assert.Contains(t, out.String(), "network-3  vpc-3 or vpc-4\n")
	assert.Contains(t, out.String(), "pulumi stack export | .bin/sandbox adopt \\\n      '"+vpcURN+"=vpc-1' \\\n    | pulumi stack import\n  pulumi refresh --clear-pending-creates\n")
	assert.NotContains(t, out.String(), "=vpc-3")

	out.Reset()
	c.showPending([]sandbox.PendingCreate{{URN: vpcURN, Type: "aws:ec2/vpc:Vpc"}})
	assert.NotContains(t, out.String(), "adopt", "there is nothing to adopt")
}

func TestShowingATimeline(t *testing.T) {
	var out bytes.Buffer
	c := &command{options: sandbox.Options{Out: &out}}
	c.show(&sandbox.Timeline{
		Scale: 60, Parallel: 8, Total: 12 * time.Second,
		Chain: []chain.Hop{
			{Name: "urn:pulumi:prod::p::aws:kms/key:Key::postgres", Takes: time.Second},
			{Name: "urn:pulumi:prod::p::aws:sns/topic:Topic::alarms", Takes: 9 * time.Second, Why: "input kmsKeyId"},
		},
		Assumed: map[string]bool{"urn:pulumi:prod::p::aws:sns/topic:Topic::alarms": true},
	})
	for _, line := range []string{
		"12m0s of AWS's time, 60 times faster: 12s here; 8 resources at once\n",
		"  1m0s   aws:kms/key:Key postgres",
		"  9m0s*  aws:sns/topic:Topic alarms  after the one above: input kmsKeyId\n",
		"* is assumed",
		"chain 10m0s (10s here), overhead 2m0s (2s here)",
	} {
		assert.Contains(t, out.String(), line)
	}
}
