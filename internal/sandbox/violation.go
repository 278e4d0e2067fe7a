package sandbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// violation breaks a policy rule on purpose, so that one can see what happens then.
type violation struct {
	// what it does, for a person.
	what string
	// typ is the type of the resources it changes.
	typ string
	// change changes their inputs.
	change func(pulumi.Map)
}

// violations are one for each rule that can be broken on purpose, by the rule's id.
var violations = map[string]violation{
	"a2": {
		what:   "takes the memory limit from the API's container",
		typ:    "kubernetes:apps/v1:Deployment",
		change: inContainer(func(c pulumi.Map) { at(c, "resources")["limits"] = pulumi.Map{} }),
	},
	"b1": {
		what: "lets the API run as root",
		typ:  "kubernetes:apps/v1:Deployment",
		change: func(p pulumi.Map) {
			at(p, "spec", "template", "spec", "securityContext")["runAsNonRoot"] = pulumi.Bool(false)
		},
	},
	"c1": {
		what:   "makes the database public",
		typ:    "aws:rds/instance:Instance",
		change: func(p pulumi.Map) { p["publiclyAccessible"] = pulumi.Bool(true) },
	},
	"c3": {
		what: "opens the database's port to the world",
		typ:  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		change: func(p pulumi.Map) {
			delete(p, "referencedSecurityGroupId")
			p["cidrIpv4"] = pulumi.String("0.0.0.0/0")
		},
	},
	"d1": {
		what: "leaves the database unencrypted",
		typ:  "aws:rds/instance:Instance",
		change: func(p pulumi.Map) {
			delete(p, "kmsKeyId")
			p["storageEncrypted"] = pulumi.Bool(false)
		},
	},
}

// Violations are the rules that Violate can break, each with what it does.
func Violations() string {
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(violations)) {
		lines = append(lines, fmt.Sprintf("%s (%s)", id, violations[id].what))
	}
	return strings.Join(lines, ", ")
}

// Violated are the types of the resources that each violation changes, by the rule's id.
func Violated() map[string]string {
	types := map[string]string{}
	for id, v := range violations {
		types[id] = v.typ
	}
	return types
}

// Violate makes a program break the rule with the given id.
func Violate(program pulumi.RunFunc, id string) (pulumi.RunFunc, error) {
	v, ok := violations[id]
	if !ok {
		return nil, fmt.Errorf("no violation %q: there are %s", id, Violations())
	}
	return func(ctx *pulumi.Context) error {
		err := ctx.RegisterResourceTransform(func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
			if args.Type != v.typ {
				return nil
			}
			v.change(args.Props)
			return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
		})
		if err != nil {
			return fmt.Errorf("registering the violation: %w", err)
		}
		return program(ctx)
	}, nil
}

// at is the map at a path below m.
func at(m pulumi.Map, path ...string) pulumi.Map {
	for _, name := range path {
		next, ok := m[name].(pulumi.Map)
		if !ok {
			panic(fmt.Sprintf("sandbox: no map at %s: is %T", name, m[name]))
		}
		m = next
	}
	return m
}

func inContainer(change func(pulumi.Map)) func(pulumi.Map) {
	return func(p pulumi.Map) {
		containers, ok := at(p, "spec", "template", "spec")["containers"].(pulumi.Array)
		if !ok || len(containers) == 0 {
			panic("sandbox: the pod has no containers")
		}
		change(containers[0].(pulumi.Map))
	}
}
