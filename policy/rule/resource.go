package rule

// Resource is one resource as a rule sees it.
type Resource struct {
	URN  string
	Type string
	Name string
	// Inputs are what the program asked for. For a resource that this run did not
	// analyze on its own they are its outputs.
	Inputs Value
	// Outputs are what the provider answered. They are missing while the resource
	// is checked on its own, before it exists.
	Outputs Value
	// Protect is true for a resource that Pulumi refuses to delete.
	Protect bool
	// PropertyDependencies name, for each input, the resources it was computed from.
	// They are known to stack checks only, and in a preview too, when ids are not.
	PropertyDependencies map[string][]string
}
