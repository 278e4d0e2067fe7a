// Package rule holds what a policy rule is made of: the rule itself, the values it
// reads and the results it gives. It knows neither gRPC nor any particular rule.
package rule

import "github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

// Rule is one policy. Its checks are pure functions: same input, same result, no
// effects. A rule checks single resources, the whole stack, or both.
type Rule struct {
	// ID is the short name people use, such as b1.
	ID string
	// Name says in kebab case what is wanted, such as run-as-non-root.
	Name string
	// Title is one sentence that is true of everything that passes.
	Title string
	// Why says what goes wrong when the rule is broken.
	Why string
	// Fix says what to write instead.
	Fix string
	// Severity ranks violations against each other.
	Severity apitype.PolicySeverity
	// Level decides whether a violation stops the deployment.
	Level apitype.EnforcementLevel
	// Tiers are those the rule binds; none means all.
	Tiers []Tier
	// Controls are the published rules that ask for the same.
	Controls []Control
	// Settings are the knobs a configuration may turn.
	Settings []Setting
	// AppliesTo selects the resources that Check is called with.
	AppliesTo Selector
	// Check judges one resource by its inputs, before it is created or changed.
	Check func(Resource, Env) Result
	// CheckStack judges all resources together, after they have been processed.
	CheckStack func(Stack, Env) Result
}

// PolicyName is the name the engine knows the rule by: it appears in violations
// and is the key in a policy configuration.
func (r Rule) PolicyName() string { return r.ID + "-" + r.Name }

// Env is what a rule may know besides the resources.
type Env struct {
	Deployment
	// Settings are the rule's own knobs.
	Settings Settings
	// Seen are the resources of the run so far, the one that is judged among them; nil where
	// there is no run.
	Seen *Seen
}

// Deployment describes the operation that resources are checked in.
type Deployment struct {
	Organization string
	Project      string
	Stack        string
	// DryRun is true in a preview.
	DryRun bool
	// Tags of the stack.
	Tags map[string]string
	// Tier is what the stack is for.
	Tier Tier
	// Unprotected are the components that the stack file gives up by name; see GivesUp.
	Unprotected []string
	// Services are the services that the stack file adds to the product, and whom each calls.
	Services map[string][]string
	// EndpointOpen is true while the stack file opens prod's Kubernetes API to one address, until a day.
	EndpointOpen bool
}
