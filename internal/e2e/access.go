package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"coffee-platform/stacks/callgraph"
)

// access compares who may talk to whom, as the API server's own policies have it, with who is declared to; and what
// service accounts may do with nothing.
func access(ctx context.Context, c *cluster, s *section) error {
	return errors.Join(c.networkAccess(ctx, s), c.apiAccess(ctx, s))
}

// podTemplate is a kind of pod the environment has, running or not.
type podTemplate struct {
	owner string
	endpoint
	spec corev1.PodSpec
}

// templates are the kinds of pods there are, as the API server has them.
func (c *cluster) templates(ctx context.Context) ([]podTemplate, error) {
	var all []podTemplate
	add := func(owner, namespace string, t corev1.PodTemplateSpec) error {
		ns := &corev1.Namespace{}
		if err := c.Client.Get(ctx, client.ObjectKey{Name: namespace}, ns); err != nil {
			return fmt.Errorf("reading a namespace: %w", err)
		}
		p := podTemplate{owner: owner, spec: t.Spec, endpoint: endpoint{namespace: namespace, namespaceLabels: ns.Labels, labels: t.Labels}}
		for _, containers := range [][]corev1.Container{t.Spec.InitContainers, t.Spec.Containers} {
			for _, container := range containers {
				p.ports = append(p.ports, container.Ports...)
			}
		}
		all = append(all, p)
		return nil
	}
	deployments, err := c.deployments(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range deployments {
		if err := add("Deployment "+d.Name, d.Namespace, d.Spec.Template); err != nil {
			return nil, err
		}
	}
	for _, m := range c.objects("Job") {
		job := &batchv1.Job{}
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(m.object), job); err != nil {
			return nil, fmt.Errorf("reading a Job: %w", err)
		}
		if err := add("Job "+job.Name, job.Namespace, job.Spec.Template); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// destination is something that is called at a port.
type destination struct {
	// parties are those that it stands for: whoever calls one of them has to reach it.
	parties []callgraph.Party
	name    string
	endpoint
	port int32
	// served is whether callers are meant to use the port: a pod has others too.
	served bool
}

// Addresses outside the cluster: one of S3's, that of the agent of Pod Identity on every node, and that of instance
// metadata.
var (
	publicAddress      = netip.MustParseAddr("52.216.0.1")
	podIdentityAddress = netip.MustParseAddr("169.254.170.23")
	metadataAddress    = netip.MustParseAddr("169.254.169.254")
)

func (c *cluster) networkAccess(ctx context.Context, s *section) error {
	policies := &networkingv1.NetworkPolicyList{}
	if err := c.Client.List(ctx, policies); err != nil {
		return fmt.Errorf("listing network policies: %w", err)
	}
	templates, err := c.templates(ctx)
	if err != nil {
		return err
	}
	destinations, err := c.destinations(ctx, templates)
	if err != nil {
		return err
	}
	graph := callgraph.Product()
	parties := map[callgraph.Party]bool{}
	for _, call := range graph {
		parties[call.From], parties[call.To] = true, true
	}
	var wrong []string
	asked, allowed := 0, 0
	ask := func(from endpoint, fromName string, party callgraph.Party, to destination) error {
		asked++
		can, err := connects(policies.Items, from, to.endpoint, to.port)
		if err != nil {
			return err
		}
		if can {
			allowed++
		}
		may := to.served && slices.ContainsFunc(to.parties, func(p callgraph.Party) bool { return slices.Contains(graph.Callees(party), p) })
		if can != may {
			wrong = append(wrong, fmt.Sprintf("%s to %s at %d is %s", fromName, to.name, to.port, map[bool]string{true: "possible", false: "impossible"}[can]))
		}
		return nil
	}
	for _, from := range templates {
		party := callgraph.Party(componentOf(from))
		s.figure(from.owner, "selected by %s", strings.Join(c.selectedBy(policies.Items, from.endpoint), ", "))
		if !s.check(parties[party], "component "+string(party)+" of "+from.owner+" is in the call graph", "") {
			continue
		}
		for _, to := range destinations {
			if to.owner() == from.owner {
				continue // who talks to its own replicas is no edge
			}
			if err := ask(from.endpoint, from.owner, party, to); err != nil {
				return err
			}
		}
	}
	// What comes in from outside: the load balancer, from the public subnets.
	for _, to := range destinations {
		if to.isPod() {
			if err := ask(endpoint{address: c.env.publicAddress}, "the load balancer", callgraph.LoadBalancer, to); err != nil {
				return err
			}
		}
	}
	s.check(len(wrong) == 0, "policies admit exactly the declared calls", "%d policies, %d pairs and ports asked, %d admitted; %s",
		len(policies.Items), asked, allowed, strings.Join(wrong, "; "))
	return nil
}

// owner is whose pods a destination is, or nobody's.
func (d destination) owner() string {
	if !d.isPod() {
		return ""
	}
	return d.name
}

// destinations are everything there is to call: every port of every kind of pod, the data stores, and the world.
func (c *cluster) destinations(ctx context.Context, templates []podTemplate) ([]destination, error) {
	ofAWS := []callgraph.Party{callgraph.Media, callgraph.SecretsManager}
	all := []destination{
		{[]callgraph.Party{callgraph.Postgres}, "Postgres", endpoint{address: c.env.dataAddress}, 5432, true},
		{[]callgraph.Party{callgraph.Redis}, "Redis", endpoint{address: c.env.dataAddress}, 6379, true},
		// A policy cannot tell AWS's own APIs from the rest of the world.
		{append([]callgraph.Party{callgraph.PublicHTTPS}, ofAWS...), "a public address", endpoint{address: publicAddress}, 443, true},
		{nil, "a public address", endpoint{address: publicAddress}, 80, false},
		{ofAWS, "the agent of Pod Identity", endpoint{address: podIdentityAddress}, 80, true},
		{nil, "instance metadata", endpoint{address: metadataAddress}, 80, false},
	}
	services := &corev1.ServiceList{}
	if err := c.Client.List(ctx, services); err != nil {
		return nil, fmt.Errorf("listing Services: %w", err)
	}
	for _, t := range templates {
		for _, port := range t.ports {
			served := slices.ContainsFunc(services.Items, func(service corev1.Service) bool {
				return service.Namespace == t.namespace && serviceSelects(service, t.labels) && slices.ContainsFunc(service.Spec.Ports, func(p corev1.ServicePort) bool {
					return p.TargetPort.IntVal == port.ContainerPort || p.TargetPort.StrVal != "" && p.TargetPort.StrVal == port.Name
				})
			})
			all = append(all, destination{[]callgraph.Party{callgraph.Party(componentOf(t))}, t.owner, t.endpoint, port.ContainerPort, served})
		}
	}
	return all, nil
}

// serviceSelects is whether a Service is for pods with some labels. One without a selector is for none.
func serviceSelects(service corev1.Service, of map[string]string) bool {
	for key, value := range service.Spec.Selector {
		if of[key] != value {
			return false
		}
	}
	return len(service.Spec.Selector) > 0
}

// GetLabels are the labels of the pods.
func (e endpoint) GetLabels() map[string]string { return e.labels }

// selectedBy are the names of the policies that are about pods.
func (c *cluster) selectedBy(policies []networkingv1.NetworkPolicy, pod endpoint) []string {
	names := []string{}
	for _, policy := range policies {
		if selected, err := selects(&policy.Spec.PodSelector, pod.labels); err == nil && selected && policy.Namespace == pod.namespace {
			names = append(names, policy.Name)
		}
	}
	if len(names) == 0 {
		return []string{"no policy"}
	}
	slices.Sort(names)
	return names
}

// apiAccess asks the API server, as each service account of the environment, what that account may do.
func (c *cluster) apiAccess(ctx context.Context, s *section) error {
	bound := map[string]bool{}
	for _, m := range c.objects("RoleBinding") {
		binding, err := as[rbacv1.RoleBinding](m.object)
		if err != nil {
			return err
		}
		for _, subject := range binding.Subjects {
			bound[subject.Namespace+"/"+subject.Name] = true
		}
	}
	namespaces := map[string]bool{}
	for _, m := range c.objects("ServiceAccount") {
		namespaces[m.object.GetNamespace()] = true
	}
	accounts := &corev1.ServiceAccountList{}
	if err := c.Client.List(ctx, accounts); err != nil {
		return fmt.Errorf("listing service accounts: %w", err)
	}
	asked := 0
	for _, account := range accounts.Items {
		if !namespaces[account.Namespace] {
			continue
		}
		asked++
		everybody, err := c.rules(ctx, account.Namespace, "nobody-in-particular")
		if err != nil {
			return err
		}
		own, err := c.rules(ctx, account.Namespace, account.Name)
		if err != nil {
			return err
		}
		maps.DeleteFunc(own, func(rule string, _ bool) bool { return everybody[rule] })
		name := account.Namespace + "/" + account.Name
		if !bound[name] {
			s.check(len(own) == 0, "service account "+name+" may do nothing", "%s", strings.Join(slices.Sorted(maps.Keys(own)), "; "))
			continue
		}
		s.check(!slices.ContainsFunc(slices.Collect(maps.Keys(own)), func(rule string) bool { return strings.Contains(rule, "*") }),
			"service account "+name+" may do what its roles name, without a wildcard", "%s", strings.Join(slices.Sorted(maps.Keys(own)), "; "))
	}
	s.figure("service accounts asked", "%d, each compared with one that has no role", asked)
	return nil
}

// rules are what a service account may do, one text for each rule (as kubectl auth can-i --list asks).
func (c *cluster) rules(ctx context.Context, namespace, account string) (map[string]bool, error) {
	config := rest.CopyConfig(c.config)
	config.Impersonate.UserName = "system:serviceaccount:" + namespace + ":" + account
	as, err := client.New(config, client.Options{Scheme: c.Client.Scheme(), Mapper: c.Client.RESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("making the client of %s: %w", account, err)
	}
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace}}
	if err := as.Create(ctx, review); err != nil {
		return nil, fmt.Errorf("asking what %s may do: %w", account, err)
	}
	rules := map[string]bool{}
	for _, r := range review.Status.ResourceRules {
		rules[fmt.Sprintf("%v %v of %v %v", r.Verbs, r.Resources, r.APIGroups, r.ResourceNames)] = true
	}
	for _, r := range review.Status.NonResourceRules {
		rules[fmt.Sprintf("%v %v", r.Verbs, r.NonResourceURLs)] = true
	}
	return rules, nil
}
