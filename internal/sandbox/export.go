package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"sigs.k8s.io/yaml"
)

// Resource is a resource as WriteTo writes it.
type Resource struct {
	URN          string         `json:"urn"`
	Type         string         `json:"type"`
	ID           string         `json:"id,omitempty"`
	Parent       string         `json:"parent,omitempty"`
	Protect      bool           `json:"protect,omitempty"`
	Retain       bool           `json:"retainOnDelete,omitempty"`
	Inputs       map[string]any `json:"inputs"`
	Outputs      map[string]any `json:"outputs"`
	Dependencies []string       `json:"dependencies"`
}

// WriteTo writes into a directory what the stack is: resources.json, every resource in the order in
// which it was made, and manifests/, every Kubernetes object in a file of its own. Manifests that an
// earlier call wrote, as its resources.json has it, are removed; with others there it fails.
func (s *Sandbox) WriteTo(ctx context.Context, dir string) error {
	resources, err := s.ExportedResources(ctx)
	if err != nil {
		return err
	}
	if err := removeEarlier(dir); err != nil {
		return err
	}
	manifests := filepath.Join(dir, "manifests")
	if err := os.MkdirAll(manifests, 0o755); err != nil {
		return fmt.Errorf("making room for manifests: %w", err)
	}
	for _, r := range resources {
		if !r.IsObject() {
			continue
		}
		text, err := yaml.Marshal(r.Inputs)
		if err != nil {
			return fmt.Errorf("writing the manifest of %s: %w", r.URN, err)
		}
		if err := writeNew(filepath.Join(manifests, ManifestName(r.Inputs)), text); err != nil {
			return fmt.Errorf("writing the manifest of %s: %w", r.URN, err)
		}
	}
	text, err := json.MarshalIndent(resources, "", "  ")
	if err != nil {
		return fmt.Errorf("writing resources.json: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "resources.json"), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing resources.json: %w", err)
	}
	return nil
}

// writeNew writes a file that is not there yet: of two with the same name one would be lost.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// removeEarlier removes the manifests that an earlier call wrote into a directory, and nothing else.
func removeEarlier(dir string) error {
	var earlier []Resource
	text, err := os.ReadFile(filepath.Join(dir, "resources.json"))
	if err == nil {
		err = json.Unmarshal(text, &earlier)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading what an earlier export wrote: %w", err)
	}
	manifests := filepath.Join(dir, "manifests")
	for _, r := range earlier {
		if !r.IsObject() {
			continue
		}
		if err := os.Remove(filepath.Join(manifests, ManifestName(r.Inputs))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an earlier manifest: %w", err)
		}
	}
	if left, err := os.ReadDir(manifests); err == nil && len(left) > 0 {
		return fmt.Errorf("%s holds %s, which no export wrote: name another directory", manifests, left[0].Name())
	}
	return nil
}

// ExportedResources are the resources of the stack as WriteTo writes them, in the order in which they were made.
func (s *Sandbox) ExportedResources(ctx context.Context) ([]Resource, error) {
	resources, err := s.Resources(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Resource, len(resources))
	for i, r := range resources {
		list[i] = newResource(r)
	}
	return list, nil
}

func newResource(r apitype.ResourceV3) Resource {
	exported := Resource{
		URN:          string(r.URN),
		Type:         string(r.Type),
		ID:           string(r.ID),
		Parent:       string(r.Parent),
		Protect:      r.Protect,
		Retain:       r.RetainOnDelete,
		Inputs:       withoutInternals(r.Inputs),
		Outputs:      withoutInternals(r.Outputs),
		Dependencies: []string{},
	}
	for _, d := range r.Dependencies {
		exported.Dependencies = append(exported.Dependencies, string(d))
	}
	return exported
}

// withoutInternals leaves out what is the engine's own, and what is secret.
func withoutInternals(properties map[string]any) map[string]any {
	own := map[string]any{}
	for name, value := range properties {
		if !strings.HasPrefix(name, "__") {
			own[name] = withoutSecrets(value)
		}
	}
	return own
}

// Secret stands in an export for what is secret.
const Secret = "[secret]"

// withoutSecrets replaces what the state marks as a secret.
func withoutSecrets(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if v[resource.SigKey] == resource.SecretSig {
			return Secret
		}
		fields := map[string]any{}
		for name, field := range v {
			fields[name] = withoutSecrets(field)
		}
		return fields
	case []any:
		elements := make([]any, len(v))
		for i, element := range v {
			elements[i] = withoutSecrets(element)
		}
		return elements
	default:
		return value
	}
}

// IsObject tells whether a resource is a Kubernetes object. A Helm release is none: it brings some, which its
// inputs do not show.
func (r Resource) IsObject() bool {
	return strings.HasPrefix(r.Type, "kubernetes:") && r.Inputs["apiVersion"] != nil
}

// ManifestName is the name of the file of a Kubernetes object: its namespace, if it has one, its kind and its name.
func ManifestName(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	parts := []string{fmt.Sprint(object["kind"]), fmt.Sprint(metadata["name"])}
	if namespace, ok := metadata["namespace"]; ok {
		parts = append([]string{fmt.Sprint(namespace)}, parts...)
	}
	return strings.ToLower(strings.Join(parts, "-")) + ".yaml"
}
