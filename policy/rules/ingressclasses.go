package rules

import (
	"slices"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindIngressClass = "networking.k8s.io/IngressClass"
	// kindClassParams hold what Auto Mode makes load balancers with.
	kindClassParams = "eks.amazonaws.com/IngressClassParams"
	// kindClassParamsOld are those of the AWS Load Balancer Controller.
	kindClassParamsOld = "elbv2.k8s.aws/IngressClassParams"
)

// Annotations that are about the class of an Ingress: the one that chose it before there was a field, and the
// one that makes a class that of every Ingress that names none.
const (
	formerClassAnnotation  = "kubernetes.io/ingress.class"
	defaultClassAnnotation = "ingressclass.kubernetes.io/is-default-class"
)

// ingressClass is what a stack says of the class of an Ingress.
type ingressClass struct {
	// controller is what makes load balancers for it.
	controller rule.Value
	// params are its parameters; none if it names none.
	params []object.Object
	// open is true when its parameters, or the class as a whole, are not in the stack or not known.
	open bool
}

// ingressClasses are those of a stack, of which a cluster has one or two.
type ingressClasses struct {
	named map[string]object.Object
	// byDefault are those of Ingresses that name none.
	byDefault []object.Object
	// mayDefault is true when one may be among these.
	mayDefault bool
	params     map[string][]object.Object
}

func ingressClassesOf(stack rule.Stack, result *rule.Result) ingressClasses {
	c := ingressClasses{named: map[string]object.Object{}, params: map[string][]object.Object{}}
	for _, p := range object.All(stack, result, kindClassParams, kindClassParamsOld) {
		name, _ := p.Get("metadata", "name").Text()
		c.params[name] = append(c.params[name], p)
	}
	for _, class := range object.All(stack, result, kindIngressClass) {
		name, _ := class.Get("metadata", "name").Text()
		c.named[name] = class
		switch is(class.Get("metadata", "annotations", defaultClassAnnotation), "true", class.Patch) {
		case rule.Yes:
			c.byDefault = append(c.byDefault, class)
		case rule.Maybe:
			c.mayDefault = true
		}
	}
	return c
}

// of is the class of an Ingress. One that has the former annotation gets no default, and no parameters
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/).
func (c ingressClasses) of(ingress object.Object) ingressClass {
	name, state := ingress.Get("spec", "ingressClassName").Text()
	former := ingress.Get("metadata", "annotations", formerClassAnnotation)
	class, here := c.named[name]
	switch {
	case state == rule.Known && here:
		return c.withParams(class)
	case state != rule.Missing || ingress.Patch || former.State() == rule.Unknown:
		return ingressClass{open: true}
	case former.State() == rule.Known:
		return ingressClass{controller: former}
	case c.mayDefault || len(c.byDefault) > 1:
		return ingressClass{open: true}
	case len(c.byDefault) == 1:
		return c.withParams(c.byDefault[0])
	}
	return ingressClass{}
}

func (c ingressClasses) withParams(class object.Object) ingressClass {
	at := class.Get("spec", "parameters", "name")
	name, state := at.Text()
	found := ingressClass{controller: class.Get("spec", "controller")}
	if state == rule.Known {
		found.params = c.params[name]
	}
	patched := slices.ContainsFunc(append(found.params, class), func(o object.Object) bool { return o.Patch })
	found.open = patched || state != rule.Missing && len(found.params) == 0
	return found
}
