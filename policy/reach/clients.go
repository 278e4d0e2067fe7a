package reach

import (
	"slices"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// Client is something that may open connections to a data store.
type Client struct {
	// At is where it is written.
	At rule.Value
	// Name is what messages call it.
	Name string
	// Labels are its pods'; missing for what is not pods.
	Labels rule.Value
	// Release is set for what a Helm release or an add-on of EKS brings, whose pods no rule sees.
	Release *rule.Resource

	pod *workload.Pod
	// end is one and the same for all pods.
	end *end
}

// ComponentLabel is the label that says what part of the product pods are
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
const ComponentLabel = "app.kubernetes.io/component"

// addOn is a set of pods that EKS itself runs in a cluster.
const addOn = "aws:eks/addon:Addon"

// machines are what runs code in a VPC without Kubernetes, and where it names its security groups and
// subnets. The first key of each is the property that the engine records.
var machines = map[string]struct{ groups, subnets []string }{
	"aws:ec2/instance:Instance":                       {[]string{"vpcSecurityGroupIds"}, []string{"subnetId"}},
	"aws:ec2/spotInstanceRequest:SpotInstanceRequest": {[]string{"vpcSecurityGroupIds"}, []string{"subnetId"}},
	"aws:lambda/function:Function":                    {[]string{"vpcConfig", "securityGroupIds"}, []string{"vpcConfig", "subnetIds"}},
	"aws:ecs/service:Service":                         {[]string{"networkConfiguration", "securityGroups"}, []string{"networkConfiguration", "subnets"}},
	"aws:codebuild/project:Project":                   {[]string{"vpcConfig", "securityGroupIds"}, []string{"vpcConfig", "subnets"}},
	"aws:apprunner/vpcConnector:VpcConnector":         {[]string{"securityGroups"}, []string{"subnets"}},
}

// autoscaled is a type of machines that name their groups in a launch template.
const autoscaled = "aws:autoscaling/group:Group"

// Clients are all workloads of the stack: pods by what makes them, releases whose pods no rule sees,
// and machines outside the cluster. What cannot be read is recorded in the result.
func (n *Network) Clients(result *rule.Result) []Client {
	var all []Client
	inCluster := n.pods(result)
	for _, pod := range workload.All(n.stack, result) {
		all = append(all, Client{
			At: pod.Owner.Root, Name: nameOf(pod.Owner), Labels: pod.Metadata.Get("labels"), pod: &pod, end: &inCluster,
		})
	}
	for _, r := range n.stack.Select(rule.OfType(object.HelmRelease, addOn)) {
		all = append(all, Client{At: r.Inputs, Name: Label(r), Release: &r, end: &inCluster})
	}
	for _, r := range n.stack.Select(func(r rule.Resource) bool { return r.Type == autoscaled || machines[r.Type].groups != nil }) {
		if placed, ok := n.machine(r); ok {
			all = append(all, Client{At: r.Inputs, Name: Label(r), end: &placed})
		}
	}
	return all
}

func nameOf(o object.Object) string {
	name, state := o.Get("metadata", "name").Text()
	if state != rule.Known || o.Kind == "" {
		return Label(o.From)
	}
	return o.Kind + " " + name
}

// machine is where something outside the cluster is. What names neither groups nor subnets inside an
// optional block is not in a VPC.
func (n *Network) machine(r rule.Resource) (end, bool) {
	if r.Type == autoscaled {
		return n.autoscaled(r), true
	}
	where := machines[r.Type]
	block := r.Inputs.Get(where.groups[0])
	if len(where.groups) > 1 {
		block = block.Only()
		if block.State() == rule.Missing {
			return end{}, false
		}
	}
	within := func(keys []string) rule.Value {
		if len(keys) > 1 {
			return block.Get(keys[1:]...)
		}
		return r.Inputs.Get(keys[0])
	}
	var at end
	places := within(where.subnets)
	if places.State() == rule.Missing {
		at.subnets, at.placed = []link{{defaultPlace, rule.Yes}}, true
	} else {
		at.subnets, at.placed = n.referredAll(r, where.subnets[0], places, subnet)
	}
	at.groups, at.guarded = n.attached(r, where.groups[0], within(where.groups), at.subnets)
	// Groups may be named in what the machine is made from instead.
	for _, elsewhere := range []string{"launchTemplate", "networkInterfaces", "primaryNetworkInterface"} {
		if r.Inputs.Get(elsewhere).State() != rule.Missing {
			at.guarded, at.placed = false, false
		}
	}
	return at, true
}

func (n *Network) autoscaled(r rule.Resource) end {
	var at end
	at.subnets, at.placed = n.referredAll(r, "vpcZoneIdentifiers", r.Inputs.Get("vpcZoneIdentifiers"), subnet)
	at.groups, at.guarded = n.templateGroups(r)
	return at
}

// templateGroups are the security groups of a launch template that a resource names.
func (n *Network) templateGroups(r rule.Resource) (groups []link, complete bool) {
	template := r.Inputs.Get("launchTemplate").Only()
	at := template.Get("id")
	if at.State() == rule.Missing {
		at = template.Get("name")
	}
	templates, complete := n.referred(r, "launchTemplate", at, launchTemplate)
	for _, t := range templates {
		found, all := n.referredAll(t.Resource, "vpcSecurityGroupIds", t.Inputs.Get("vpcSecurityGroupIds"), group)
		groups = append(groups, found...)
		complete = complete && all && t.here() && t.Inputs.Get("networkInterfaces").State() == rule.Missing
	}
	return groups, complete && len(templates) > 0
}

// Kinds of objects that say where nodes and pods are: Auto Mode's and Karpenter's, and the groups that
// the VPC's network plugin gives to pods.
const (
	nodeClass      = "eks.amazonaws.com/NodeClass"
	ec2NodeClass   = "karpenter.k8s.aws/EC2NodeClass"
	podGroupPolicy = "vpcresources.k8s.aws/SecurityGroupPolicy"
	nodeGroup      = "aws:eks/nodeGroup:NodeGroup"
	fargateProfile = "aws:eks/fargateProfile:FargateProfile"
)

// pods is where pods are: on any of the nodes, so in any of their groups and subnets. A pod has the
// groups of its node (https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html).
func (n *Network) pods(result *rule.Result) end {
	at := end{guarded: len(n.byKind[cluster]) > 0, placed: true}
	join := func(to *[]link, more []link) {
		for _, one := range more {
			if !slices.Contains(*to, one) {
				*to = append(*to, one)
			}
		}
	}
	for _, c := range n.byKind[cluster] {
		join(&at.groups, []link{{n.clusterGroup(c), rule.Yes}})
	}
	classes := object.All(n.stack, result, nodeClass, ec2NodeClass)
	for _, class := range classes {
		groups, guarded := n.selected(class, group, "securityGroupSelectorTerms", "podSecurityGroupSelectorTerms")
		join(&at.groups, groups)
		subnets, placed := n.selected(class, subnet, "subnetSelectorTerms", "podSubnetSelectorTerms")
		join(&at.subnets, subnets)
		at.guarded, at.placed = at.guarded && guarded, at.placed && placed
	}
	for _, policy := range object.All(n.stack, result, podGroupPolicy) {
		groups, complete := n.referredAll(policy.From, "spec", policy.Get("spec", "securityGroups", "groupIds"), group)
		join(&at.groups, groups)
		at.guarded = at.guarded && complete
	}
	for _, r := range n.stack.Select(rule.OfType(nodeGroup, fargateProfile)) {
		subnets, complete := n.referredAll(r, "subnetIds", r.Inputs.Get("subnetIds"), subnet)
		join(&at.subnets, subnets)
		at.placed = at.placed && complete
		if r.Inputs.Get("launchTemplate").State() != rule.Missing {
			groups, complete := n.templateGroups(r)
			join(&at.groups, groups)
			at.guarded = at.guarded && complete
		}
	}
	if len(at.subnets) == 0 && at.placed {
		for _, c := range n.byKind[cluster] {
			subnets, complete := n.referredAll(c.Resource, "vpcConfig", c.Inputs.Get("vpcConfig").Only().Get("subnetIds"), subnet)
			join(&at.subnets, subnets)
			at.placed = at.placed && complete
		}
	}
	at.placed = at.placed && len(at.subnets) > 0
	return at
}

// selected are what the terms of a node class select by id, of all its lists of them together, because the
// engine records the whole class as one. Tags and names select what no rule sees.
func (n *Network) selected(class object.Object, of kind, lists ...string) (found []link, complete bool) {
	var ids []string
	unknown := 0
	complete = !class.Patch
	for _, list := range lists {
		at := class.Get("spec", list)
		if at.State() == rule.Unknown {
			all, known := n.referredAll(class.From, "spec", at, of)
			found, complete = append(found, all...), complete && known
		}
		items, state := at.List()
		complete = complete && state != rule.Malformed
		for _, term := range items {
			id := term.Get("id")
			complete = complete && id.State() != rule.Missing && id.State() != rule.Malformed
			texts, hidden := leaves(id)
			ids, unknown = append(ids, texts...), unknown+hidden
		}
	}
	named, all := n.resolved(class.From, "spec", ids, unknown, of)
	return append(found, named...), complete && all
}

// Reaches tells whether a client can open a connection to a data store: whether what isolates pods
// lets it out, and the data store's security groups and the network ACLs let it in.
func (n *Network) Reaches(c Client, s Store, policies *Policies) Answer {
	in := n.opened(c, s)
	if in.Truth == rule.No {
		return Answer{Barrier: in.words}
	}
	out := verdict{Truth: rule.Yes}
	switch {
	case c.Release != nil:
		out = verdict{rule.Maybe, "pods that no rule sees"}
	case c.pod != nil:
		out = policies.letOut(c.pod, n.addresses(s), s)
	}
	if out.Truth == rule.No {
		return Answer{Barrier: out.words}
	}
	return Answer{Truth: in.And(out.Truth), Path: spell(c.Name, out.words, in.words, Label(s.Resource))}
}

// opened is what the network says; it is the same for all pods.
func (n *Network) opened(c Client, s Store) verdict {
	return remember(n.memo.opened, openedQuestion{c.end, s.URN}, func() verdict { return n.connects(*c.end, s.end, s.port) })
}

// addresses are those that a data store may have: one in each of its subnets.
func (n *Network) addresses(s Store) span {
	return remember(n.memo.addresses, s.URN, func() span {
		own := n.addressesIn(s.subnets, s.placed)
		if speaksIPv6(s.Inputs.Get("networkType")) == rule.No {
			own = own.and(exactly(ipv4))
		}
		return own
	})
}
