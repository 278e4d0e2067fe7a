package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/kubernetes"
)

// ErrPendingCreates means that an engine was killed while it made something, and that nobody has told the
// state yet whether it is there.
var ErrPendingCreates = errors.New("creations are pending from a deployment that was killed")

// PendingCreate is a creation whose end the engine did not see.
type PendingCreate struct {
	URN  resource.URN
	Type string
	// Found are the ids, as the provider has them, of the objects in the cloud that it may have made: of the
	// same type and made from the same inputs, and in no state. Without any, it never reached the cloud;
	// of several, a person has to tell which is the right one.
	Found []string
}

// PendingCreates are the creations that are pending in the stack's state.
func (s *Sandbox) PendingCreates(ctx context.Context) ([]PendingCreate, error) {
	deployment, err := s.deployment(ctx)
	if err != nil {
		return nil, err
	}
	orphans := orphans(s.cloud.All(), deployment.Resources)
	var pending []PendingCreate
	for _, op := range deployment.PendingOperations {
		if op.Type != apitype.OperationTypeCreating {
			continue
		}
		create := PendingCreate{URN: op.Resource.URN, Type: string(op.Resource.Type)}
		for _, o := range orphans {
			if o.Type == create.Type && sameInputs(op.Resource.Inputs, o.Inputs) {
				create.Found = append(create.Found, providerID(o))
			}
		}
		pending = append(pending, create)
	}
	return pending, nil
}

// refusePendingCreates is an error while creations are pending: to go on would make what is there already a
// second time, or leave it behind.
func (s *Sandbox) refusePendingCreates(ctx context.Context) error {
	if s.settled {
		return nil
	}
	pending, err := s.PendingCreates(ctx)
	if err != nil || len(pending) == 0 {
		s.settled = err == nil
		return err
	}
	var urns []string
	for _, p := range pending {
		urns = append(urns, string(p.URN))
	}
	return fmt.Errorf("%w: whether these are in the cloud is not known to the state, and to go on could make them twice or leave them behind:\n  %s",
		ErrPendingCreates, strings.Join(urns, "\n  "))
}

// Orphans are the objects in the cloud that are not in the stack's state, though only a deployment makes such:
// their types, and their ids as the provider has them.
func (s *Sandbox) Orphans(ctx context.Context) ([]cloud.Key, error) {
	resources, err := s.Resources(ctx)
	if err != nil {
		return nil, err
	}
	var keys []cloud.Key
	for _, o := range orphans(s.cloud.All(), resources) {
		keys = append(keys, cloud.Key{Type: o.Type, ID: providerID(o)})
	}
	return keys, nil
}

// orphans are the objects that no resource stands for. What a cloud makes on the side is none of them.
func orphans(objects []*cloud.Object, resources []apitype.ResourceV3) []*cloud.Object {
	known := map[cloud.Key]bool{}
	for _, r := range resources {
		known[cloud.Key{Type: string(r.Type), ID: string(r.ID)}] = true
	}
	var orphans []*cloud.Object
	for _, o := range objects {
		aside := o.Owner != (cloud.Key{}) && !inCluster(o)
		if !aside && !known[cloud.Key{Type: o.Type, ID: providerID(o)}] {
			orphans = append(orphans, o)
		}
	}
	return orphans
}

// inCluster tells whether an object is one of Kubernetes, which its cluster owns and did not make.
func inCluster(o *cloud.Object) bool { return strings.HasPrefix(o.Type, "kubernetes:") }

// providerID is the id that an object's provider gives it.
func providerID(o *cloud.Object) string {
	if inCluster(o) {
		return string(kubernetes.ID(o))
	}
	return o.ID
}

// sameInputs tells whether an object was made from what a state says was asked for.
func sameInputs(state, object map[string]any) bool {
	return reflect.DeepEqual(normal(plain(state)), normal(object))
}

// plain is a value of a state without the marks of secrets, and without what is the engine's own.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if text, ok := v["plaintext"].(string); ok && v[resource.SigKey] == resource.SecretSig {
			var secret any
			if json.Unmarshal([]byte(text), &secret) != nil {
				return text
			}
			return plain(secret)
		}
		fields := map[string]any{}
		for name, field := range v {
			if !strings.HasPrefix(name, "__") {
				fields[name] = plain(field)
			}
		}
		return fields
	case []any:
		elements := make([]any, len(v))
		for i, element := range v {
			elements[i] = plain(element)
		}
		return elements
	default:
		return value
	}
}

// normal is a value as it reads back from JSON, so that two can be compared.
func normal(value any) any {
	text, err := json.Marshal(value)
	var read any
	if err != nil || json.Unmarshal(text, &read) != nil {
		return value
	}
	return read
}
