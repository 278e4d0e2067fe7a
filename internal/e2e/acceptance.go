package e2e

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// acceptance deploys the environment, and then once more.
func acceptance(ctx context.Context, c *cluster, s *section) error {
	c.Warnings.take()
	result, err := c.deploy(ctx, c.env.manifests)
	if err != nil {
		return err
	}
	for _, m := range c.env.manifests {
		if err := result.failed[m]; err != nil {
			s.check(false, m.String(), "%v", err)
		}
	}
	kinds := map[string]int{}
	for _, m := range c.env.manifests {
		kinds[m.object.GetKind()]++
	}
	s.check(len(result.failed) == 0 && len(result.skipped) == 0, "strict validation accepts every object",
		"%d of %d (%s)", len(c.env.manifests)-len(result.failed)-len(result.skipped), len(c.env.manifests), counts(kinds))
	warned := c.Warnings.take()
	s.check(len(warned) == 0, "no warning, of Pod Security or anything else", "%d %s", len(warned), strings.Join(warned, "; "))
	var numbers []string
	for _, i := range result.substituted {
		numbers = append(numbers, substitutions[i].what)
	}
	s.figure("changed to run here", "%s", strings.Join(numbers, "; "))
	if len(result.failed) > 0 {
		return fmt.Errorf("%d objects were not accepted", len(result.failed))
	}
	took, err := c.awaitSettled(ctx)
	if err != nil {
		return err
	}
	s.figure("all Deployments available", "%.1f s after the last object", took.Seconds())
	return c.applyAgain(ctx, s)
}

// applyAgain applies everything a second time, with autoscalers at work, and looks for what that changes.
func (c *cluster) applyAgain(ctx context.Context, s *section) error {
	var changed []string
	for _, m := range c.env.manifests {
		before, err := c.declared(ctx, m.object)
		if err != nil {
			return err
		}
		if _, err := c.place(ctx, m.object); err != nil {
			changed = append(changed, fmt.Sprintf("%s: %v", m, err))
			continue
		}
		after, err := c.declared(ctx, m.object)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(before, after) {
			changed = append(changed, m.String()+" differs in "+strings.Join(differences(before, after, ""), ", "))
		}
	}
	s.check(len(changed) == 0, "server-side apply again changes nothing and conflicts with nobody", "%d of %d change %s",
		len(changed), len(c.env.manifests), strings.Join(changed, "; "))
	return nil
}

// declared is an object without what the server and the controllers write at any time.
func (c *cluster) declared(ctx context.Context, object *unstructured.Unstructured) (map[string]any, error) {
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(object.GroupVersionKind())
	if err := c.Client.Get(ctx, client.ObjectKeyFromObject(object), live); err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	delete(live.Object, "status")
	live.SetManagedFields(nil)
	live.SetResourceVersion("")
	return live.Object, nil
}

// differences are the paths at which two values differ.
func differences(a, b any, path string) []string {
	before, ok1 := a.(map[string]any)
	after, ok2 := b.(map[string]any)
	if !ok1 || !ok2 {
		if reflect.DeepEqual(a, b) {
			return nil
		}
		return []string{strings.TrimPrefix(path, ".")}
	}
	var paths []string
	for name, value := range before {
		paths = append(paths, differences(value, after[name], path+"."+name)...)
	}
	for name, value := range after {
		if _, known := before[name]; !known {
			paths = append(paths, differences(nil, value, path+"."+name)...)
		}
	}
	slices.Sort(paths)
	return paths
}
