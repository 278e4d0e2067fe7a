package e2e

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// environment is what a stack deploys into a cluster.
type environment struct {
	stack string
	// manifests are in an order in which each comes after what it depends on.
	manifests []*manifest
	// zones are the availability zones of its nodes' subnets.
	zones []string
	// dataAddress and publicAddress are addresses in a subnet of data stores and of load balancers.
	dataAddress, publicAddress netip.Addr
}

// manifest is one Kubernetes object of a stack.
type manifest struct {
	file   string
	object *unstructured.Unstructured
	// after are the Kubernetes objects that the program makes first, and waits for as Pulumi does.
	after []*manifest
}

// String is the object's kind and name.
func (m *manifest) String() string {
	return m.object.GetKind() + " " + m.object.GetName()
}

// recordedResource is an entry of a stack's resources.yaml (internal/golden).
type recordedResource struct {
	Resource  string         `json:"resource"`
	Manifest  string         `json:"manifest"`
	DependsOn []string       `json:"dependsOn"`
	Inputs    map[string]any `json:"inputs"`
}

// readEnvironment reads what a stack deploys from its golden files, which a test keeps equal to what the
// program deploys: so no Pulumi CLI is needed here.
func readEnvironment(goldenFiles, stack string) (*environment, error) {
	dir := filepath.Join(goldenFiles, stack)
	text, err := os.ReadFile(filepath.Join(dir, "resources.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading the resources of %s: %w", stack, err)
	}
	var resources []recordedResource
	if err := yaml.Unmarshal(text, &resources); err != nil {
		return nil, fmt.Errorf("reading the resources of %s: %w", stack, err)
	}
	env := &environment{stack: stack}
	byName := map[string]recordedResource{}
	for _, r := range resources {
		byName[r.Resource] = r
		if err := env.readSubnet(r); err != nil {
			return nil, err
		}
	}
	if len(env.zones) == 0 || !env.dataAddress.IsValid() || !env.publicAddress.IsValid() {
		return nil, fmt.Errorf("%s has no private, data and public subnets", stack)
	}
	ordered := map[string][]*manifest{} // of each resource visited: itself, if it is a manifest, and all it comes after
	var visit func(name string) ([]*manifest, error)
	visit = func(name string) ([]*manifest, error) {
		if known, ok := ordered[name]; ok {
			return known, nil
		}
		r, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("%s has no resource %q", stack, name)
		}
		all := map[*manifest]bool{}
		for _, d := range r.DependsOn {
			before, err := visit(d)
			if err != nil {
				return nil, err
			}
			for _, m := range before {
				all[m] = true
			}
		}
		after := slices.SortedFunc(maps.Keys(all), func(a, b *manifest) int { return strings.Compare(a.file, b.file) })
		if r.Manifest != "" {
			m, err := readManifest(dir, r.Manifest)
			if err != nil {
				return nil, err
			}
			m.after = after
			env.manifests = append(env.manifests, m)
			after = append(slices.Clone(after), m)
		}
		ordered[name] = after
		return after, nil
	}
	for _, r := range resources {
		if _, err := visit(r.Resource); err != nil {
			return nil, err
		}
	}
	if len(env.manifests) == 0 {
		return nil, fmt.Errorf("resources.yaml of %s names no manifest: run make golden", stack)
	}
	return env, nil
}

// disks are the disks of nodes in GiB, by their vCPUs: of the node class of the pool that launches such nodes, or the
// smallest if there are several.
func (e *environment) disks() (map[int]int, error) {
	sizes := map[string]int{}
	for _, m := range e.manifests {
		if m.object.GetKind() != "NodeClass" {
			continue
		}
		text, _ := field(m.object.Object, "spec", "ephemeralStorage", "size").(string)
		size, err := resource.ParseQuantity(text)
		if err != nil {
			return nil, fmt.Errorf("reading the disk of %s: %w", m, err)
		}
		sizes[m.object.GetName()] = int(size.Value() >> 30)
	}
	disks := map[int]int{}
	for _, m := range e.manifests {
		if m.object.GetKind() != "NodePool" {
			continue
		}
		class, _ := field(m.object.Object, "spec", "template", "spec", "nodeClassRef", "name").(string)
		requirements, _ := field(m.object.Object, "spec", "template", "spec", "requirements").([]any)
		for _, r := range requirements {
			values, _ := field(r, "values").([]any)
			if field(r, "key") != "eks.amazonaws.com/instance-cpu" {
				continue
			}
			for _, value := range values {
				cpus, err := strconv.Atoi(fmt.Sprint(value))
				if err != nil {
					return nil, fmt.Errorf("reading the sizes of %s: %w", m, err)
				}
				if known := disks[cpus]; known == 0 || sizes[class] < known {
					disks[cpus] = sizes[class]
				}
			}
		}
	}
	return disks, nil
}

// readSubnet takes from a subnet what the scenarios need to know of it.
func (e *environment) readSubnet(r recordedResource) error {
	name, ok := strings.CutPrefix(r.Resource, "aws:ec2/subnet:Subnet network-")
	if !ok {
		return nil
	}
	block, _ := r.Inputs["cidrBlock"].(string)
	prefix, err := netip.ParsePrefix(block)
	if err != nil {
		return fmt.Errorf("reading the addresses of subnet %s: %w", name, err)
	}
	// The first address that AWS leaves to others (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
	address := prefix.Addr()
	for range 4 {
		address = address.Next()
	}
	switch {
	case strings.HasPrefix(name, "private-"):
		zone, _ := r.Inputs["availabilityZone"].(string)
		e.zones = append(e.zones, zone)
	case strings.HasPrefix(name, "data-"):
		e.dataAddress = address
	case strings.HasPrefix(name, "public-"):
		e.publicAddress = address
	}
	return nil
}

func readManifest(dir, file string) (*manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return nil, fmt.Errorf("reading a manifest: %w", err)
	}
	m := &manifest{file: file, object: &unstructured.Unstructured{}}
	if err := yaml.Unmarshal(text, &m.object.Object); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return m, nil
}
