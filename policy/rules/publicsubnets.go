package rules

import (
	"strings"

	"coffee-platform/policy/rule"
)

// Types of resources that decide whether a subnet is public.
const (
	vpcType               = "aws:ec2/vpc:Vpc"
	defaultVpcType        = "aws:ec2/defaultVpc:DefaultVpc"
	subnetType            = "aws:ec2/subnet:Subnet"
	defaultSubnetType     = "aws:ec2/defaultSubnet:DefaultSubnet"
	routeTableType        = "aws:ec2/routeTable:RouteTable"
	defaultRouteTableType = "aws:ec2/defaultRouteTable:DefaultRouteTable"
	routeType             = "aws:ec2/route:Route"
	routeTableUseType     = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	mainRouteTableType    = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
	internetGatewayType   = "aws:ec2/internetGateway:InternetGateway"
)

var (
	isSubnet          = rule.OfType(subnetType, defaultSubnetType)
	isRouteTable      = rule.OfType(routeTableType, defaultRouteTableType)
	isInternetGateway = rule.OfType(internetGatewayType)
)

// publicity tells whether a subnet is public, and why. Public is what AWS calls so: there
// is a route to an internet gateway, or what starts in it gets a public address
// (https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html).
func publicity(subnet rule.Resource, stack rule.Stack) (rule.Truth, string) {
	if subnet.Type == defaultSubnetType {
		return rule.Yes, "is a subnet of the default VPC, which are public"
	}
	addresses := isOn(subnet.Inputs.Get("mapPublicIpOnLaunch"))
	if addresses == rule.Yes {
		return rule.Yes, "gives public addresses to what starts in it"
	}
	routed := rule.No
	for _, table := range routeTablesOf(subnet, stack) {
		routed = routed.Or(reachesInternet(table, stack))
	}
	if routed == rule.Yes {
		return rule.Yes, "has a route to an internet gateway"
	}
	return addresses.Or(routed), "may be public: that is known only after deployment"
}

// routeTablesOf finds the route table of a subnet: the one it is associated with, or else
// its VPC's main one.
func routeTablesOf(subnet rule.Resource, stack rule.Stack) []rule.Resource {
	if tables := usedTables(subnet, "subnetId", routeTableUseType, stack); len(tables) > 0 {
		return tables
	}
	var tables []rule.Resource
	for _, vpc := range stack.Referenced(subnet, "vpcId", rule.OfType(vpcType)) {
		tables = append(tables, usedTables(vpc, "vpcId", mainRouteTableType, stack)...)
		replaced, _ := stack.Referring(vpc, "", "defaultRouteTableId", rule.OfType(defaultRouteTableType))
		tables = append(tables, replaced...)
	}
	return tables
}

func usedTables(by rule.Resource, property, association string, stack rule.Stack) []rule.Resource {
	var tables []rule.Resource
	uses, _ := stack.Referring(by, "", property, rule.OfType(association))
	for _, use := range uses {
		tables = append(tables, stack.Referenced(use, "routeTableId", isRouteTable)...)
	}
	return tables
}

// reachesInternet tells whether a route table has a route to an internet gateway, written
// in it or on its own.
func reachesInternet(table rule.Resource, stack rule.Stack) rule.Truth {
	var ignored rule.Result // other rules' business
	found := rule.No
	routes := table.Inputs.Get("routes")
	if routes.State() == rule.Unknown {
		found = rule.Maybe
	}
	for _, route := range listed(routes, "a list", &ignored) {
		known := len(stack.Referenced(table, "routes", isInternetGateway)) > 0
		found = found.Or(leadsToInternet(route.Get("gatewayId"), known))
	}
	own, _ := stack.Referring(table, "", "routeTableId", rule.OfType(routeType))
	for _, route := range own {
		known := len(stack.Referenced(route, "gatewayId", isInternetGateway)) > 0
		found = found.Or(leadsToInternet(route.Inputs.Get("gatewayId"), known))
	}
	return found
}

// leadsToInternet reads the gateway of a route: ids of internet gateways start with igw-.
// While the id is not known, that the route refers to one tells as much.
func leadsToInternet(gateway rule.Value, refers bool) rule.Truth {
	id, state := gateway.Text()
	switch {
	case state == rule.Known:
		return rule.Is(strings.HasPrefix(id, "igw-"))
	case state == rule.Unknown && refers:
		return rule.Yes
	case state == rule.Unknown:
		return rule.Maybe
	}
	return rule.No
}

// checkPrivateSubnets records the subnets that a property names and that are public, and
// those that nobody can tell.
func checkPrivateSubnets(from rule.Resource, property, what string, stack rule.Stack, result *rule.Result) {
	at := from.Inputs.Get(property)
	subnets := stack.Referenced(from, property, isSubnet)
	named := 1
	if items, state := at.List(); state == rule.Known {
		named = len(items)
	}
	if at.State() == rule.Missing {
		result.Undetermined(at, "is not set, so that AWS chooses a subnet")
		return
	}
	if len(subnets) < named {
		result.Undetermined(at, "names a subnet that is not in this stack")
	}
	for _, subnet := range subnets {
		public, why := publicity(subnet, stack)
		switch public {
		case rule.Yes:
			result.Fail(at, "puts %s into subnet %s, which %s", what, subnet.Name, why)
		case rule.Maybe:
			result.Undetermined(at, "puts %s into subnet %s, which %s", what, subnet.Name, why)
		}
	}
}
