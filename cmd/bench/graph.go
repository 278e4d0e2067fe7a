package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// graph is a deployed stack as the engine shows it to a policy pack: each resource by its inputs, and in the
// end all of them by their outputs.
type graph struct {
	analyze []*pulumirpc.AnalyzeRequest
	all     []*pulumirpc.AnalyzerResource
}

// add adds resources of a stack's state, which is in the order in which they were made, with every reference
// among them renamed by the function.
func (g *graph) add(resources []apitype.ResourceV3, rename func(string) string) error {
	for _, r := range resources {
		inputs, err := properties(r.Inputs, rename)
		if err != nil {
			return fmt.Errorf("reading the inputs of %s: %w", r.URN, err)
		}
		outputs, err := properties(r.Outputs, rename)
		if err != nil {
			return fmt.Errorf("reading the outputs of %s: %w", r.URN, err)
		}
		if r.ID != "" {
			outputs.Fields["id"] = structpb.NewStringValue(rename(string(r.ID)))
		}
		dependencies := map[string]*pulumirpc.AnalyzerPropertyDependencies{}
		for property, on := range r.PropertyDependencies {
			urns := &pulumirpc.AnalyzerPropertyDependencies{}
			for _, urn := range on {
				urns.Urns = append(urns.Urns, rename(string(urn)))
			}
			dependencies[string(property)] = urns
		}
		urn, options := rename(string(r.URN)), &pulumirpc.AnalyzerResourceOptions{Protect: r.Protect}
		g.analyze = append(g.analyze, &pulumirpc.AnalyzeRequest{
			Urn: urn, Type: string(r.Type), Name: r.URN.Name(), Properties: inputs, Options: options,
		})
		g.all = append(g.all, &pulumirpc.AnalyzerResource{
			Urn: urn, Type: string(r.Type), Name: r.URN.Name(), Properties: outputs, Options: options, PropertyDependencies: dependencies,
		})
	}
	return nil
}

// multiply makes a graph of a number of resources out of a stack: the stack, a second one beside it that
// refers to nothing of the first, and so on. What is too many is left out all over, so that every graph has as
// much of each kind for its size.
func multiply(resources []apitype.ResourceV3, count int) (graph, error) {
	known := references(resources)
	copies := (count + len(resources) - 1) / len(resources)
	whole := copies * len(resources)
	var g graph
	for copied := range copies {
		var kept []apitype.ResourceV3
		for i, r := range resources {
			// Of whole, count are kept: those at which the share of count passes the next whole number.
			if at := copied*len(resources) + i; (at+1)*count/whole > at*count/whole {
				kept = append(kept, r)
			}
		}
		rename := func(text string) string {
			if copied > 0 && known[text] {
				return fmt.Sprintf("%s-%d", text, copied)
			}
			return text
		}
		if err := g.add(kept, rename); err != nil {
			return graph{}, err
		}
	}
	return g, nil
}

// references are the texts by which one resource refers to another: URNs, ids, ARNs and names of namespaces.
func references(resources []apitype.ResourceV3) map[string]bool {
	known := map[string]bool{}
	for _, r := range resources {
		known[string(r.URN)], known[string(r.ID)] = true, true
		if arn, ok := r.Outputs["arn"].(string); ok {
			known[arn] = true
		}
		if strings.HasSuffix(string(r.Type), ":Namespace") {
			if metadata, ok := r.Inputs["metadata"].(map[string]any); ok {
				name, _ := metadata["name"].(string)
				known[name] = true
			}
		}
	}
	delete(known, "")
	return known
}

// properties are a state's properties in the form of the protocol. Of secrets only that they are.
func properties(values map[string]any, rename func(string) string) (*structpb.Struct, error) {
	plain := map[string]any{}
	for name, value := range values {
		if !strings.HasPrefix(name, "__") { // the engine's own
			plain[name] = renamed(value, rename)
		}
	}
	return structpb.NewStruct(plain)
}

func renamed(value any, rename func(string) string) any {
	switch v := value.(type) {
	case string:
		return rename(v)
	case []any:
		items := slices.Clone(v)
		for i, item := range v {
			items[i] = renamed(item, rename)
		}
		return items
	case map[string]any:
		if v[resource.SigKey] == resource.SecretSig {
			return map[string]any{resource.SigKey: resource.SecretSig, "value": "secret"}
		}
		fields := map[string]any{}
		for name, field := range v {
			fields[name] = renamed(field, rename)
		}
		return fields
	}
	return value
}
