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
	// typ is the type of the resources it changes, and name the name of the one it changes; without a name it changes all.
	typ, name string
	// change changes their inputs.
	change func(pulumi.Map)
}

const (
	databaseType   = "aws:rds/instance:Instance"
	deploymentType = "kubernetes:apps/v1:Deployment"
	apiName        = "api"
)

// violations are one for each group of rules, by the rule's id.
var violations = map[string]violation{
	"a2": {
		what:   "takes the memory limit from the API's container",
		typ:    deploymentType,
		name:   apiName,
		change: inContainer(func(c pulumi.Map) { at(c, "resources")["limits"] = pulumi.Map{} }),
	},
	"b1": {
		what: "lets the API run as root",
		typ:  deploymentType,
		name: apiName,
		change: func(p pulumi.Map) {
			at(p, "spec", "template", "spec", "securityContext")["runAsNonRoot"] = pulumi.Bool(false)
		},
	},
	"c1": {
		what:   "makes the database public",
		typ:    databaseType,
		change: func(p pulumi.Map) { p["publiclyAccessible"] = pulumi.Bool(true) },
	},
	"d1": {
		what: "leaves the database unencrypted",
		typ:  databaseType,
		change: func(p pulumi.Map) {
			delete(p, "kmsKeyId")
			p["storageEncrypted"] = pulumi.Bool(false)
		},
	},
	"e4": {
		what:   "keeps minor upgrades from the database",
		typ:    databaseType,
		change: func(p pulumi.Map) { p["autoMinorVersionUpgrade"] = pulumi.Bool(false) },
	},
	"f1": {
		what: "lets every role do everything",
		typ:  "aws:iam/rolePolicy:RolePolicy",
		change: func(p pulumi.Map) {
			p["policy"] = pulumi.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
		},
	},
	"g1": {
		what:   "runs whatever image of the API is the latest",
		typ:    deploymentType,
		name:   apiName,
		change: inContainer(func(c pulumi.Map) { c["image"] = pulumi.String(registryHost + "/cpv3-backend:latest") }),
	},
	"h1": {
		what: "writes a password into the API's environment",
		typ:  deploymentType,
		name: apiName,
		change: inContainer(func(c pulumi.Map) {
			c["env"] = pulumi.Array{pulumi.Map{"name": pulumi.String("DATABASE_PASSWORD"), "value": pulumi.String("correct-horse-42")}}
		}),
	},
	"i2": {
		what:   "makes the database larger than anything needs",
		typ:    databaseType,
		change: func(p pulumi.Map) { p["instanceClass"] = pulumi.String("db.r7g.16xlarge") },
	},
	"j1": {
		what:   "leaves what nodes are made of untagged",
		typ:    "kubernetes:eks.amazonaws.com/v1:NodeClass",
		change: func(p pulumi.Map) { delete(at(p, "spec"), "tags") },
	},
	"k1": {
		what:   "takes the liveness probe from the API's container",
		typ:    deploymentType,
		name:   apiName,
		change: inContainer(func(c pulumi.Map) { delete(c, "livenessProbe") }),
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

// Violate makes a program break the rule with the given id.
func Violate(program pulumi.RunFunc, id string) (pulumi.RunFunc, error) {
	v, ok := violations[id]
	if !ok {
		return nil, fmt.Errorf("no violation %q: there are %s", id, Violations())
	}
	return func(ctx *pulumi.Context) error {
		err := ctx.RegisterResourceTransform(func(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
			if args.Type != v.typ || v.name != "" && args.Name != v.name {
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
