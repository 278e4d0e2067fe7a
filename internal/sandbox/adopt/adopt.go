// Package adopt puts into a stack's state what a killed engine had made and could not write down.
//
// pulumi refresh has --import-pending-creates for that. Up to version 3.259 at least it marks the creation as
// an import, and the refresh that follows drops it: the object is forgotten, with exit code 0. What works is
// what was asked of people before there was the flag: to edit the exported state.
package adopt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// deployment is a state as it was exported. What it does not name is kept as it is, also what a newer engine
// has added.
type deployment struct {
	fields    map[string]any
	resources []any
	pending   []any
}

// PendingCreates turns pending creations of an exported state into resources with the given ids, by URN. All
// the engine had planned for them (inputs, parent, provider, dependencies, protection) is kept; their outputs
// are empty until the next refresh. It fails, naming each, if a URN is no pending creation or is in the state
// already, and then changes nothing.
func PendingCreates(state apitype.UntypedDeployment, ids map[string]string) (apitype.UntypedDeployment, error) {
	d, err := read(state.Deployment)
	if err != nil {
		return state, err
	}
	there := map[string]bool{}
	for _, r := range d.resources {
		there[text(r, "urn")] = true
	}
	missing := maps.Clone(ids)
	var problems []error
	var left []any
	for _, op := range d.pending {
		created, _ := op.(map[string]any)["resource"].(map[string]any)
		urn := text(created, "urn")
		id, wanted := ids[urn]
		if !wanted || text(op, "type") != string(apitype.OperationTypeCreating) {
			left = append(left, op)
			continue
		}
		delete(missing, urn)
		switch {
		case there[urn]:
			problems = append(problems, fmt.Errorf("%s was being replaced, and the state has the old one: delete the new one, %s, "+
				"in the cloud, forget it with pulumi refresh --clear-pending-creates, and deploy again", urn, id))
		case id == "":
			problems = append(problems, fmt.Errorf("%s is to be adopted, and no id is given", urn))
		default:
			created["id"] = id
			d.resources = append(d.resources, created)
		}
	}
	for _, urn := range slices.Sorted(maps.Keys(missing)) {
		problems = append(problems, fmt.Errorf("%s is not a pending creation of this stack", urn))
	}
	if err := errors.Join(problems...); err != nil {
		return state, err
	}
	d.fields["resources"], d.fields["pending_operations"] = d.resources, left
	written, err := json.Marshal(d.fields)
	if err != nil {
		return state, fmt.Errorf("writing the state: %w", err)
	}
	state.Deployment = written
	return state, nil
}

func read(exported json.RawMessage) (*deployment, error) {
	d := &deployment{fields: map[string]any{}}
	decoder := json.NewDecoder(bytes.NewReader(exported))
	decoder.UseNumber() // as they are written, however long
	if err := decoder.Decode(&d.fields); err != nil {
		return nil, fmt.Errorf("reading the state: %w", err)
	}
	d.resources, _ = d.fields["resources"].([]any)
	d.pending, _ = d.fields["pending_operations"].([]any)
	for _, entry := range slices.Concat(d.resources, d.pending) {
		if _, ok := entry.(map[string]any); !ok {
			return nil, fmt.Errorf("reading the state: it is not what pulumi stack export writes: %T among its resources", entry)
		}
	}
	return d, nil
}

// text is a text field of an object, empty if there is none.
func text(object any, field string) string {
	fields, _ := object.(map[string]any)
	value, _ := fields[field].(string)
	return value
}
