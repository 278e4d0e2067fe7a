package aws

import (
	"errors"
	"fmt"
	"hash/crc32"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenVPC             = "aws:ec2/vpc:Vpc"
	tokenSubnet          = "aws:ec2/subnet:Subnet"
	tokenInternetGateway = "aws:ec2/internetGateway:InternetGateway"
	tokenRouteTable      = "aws:ec2/routeTable:RouteTable"
	tokenEIP             = "aws:ec2/eip:Eip"
	tokenNATGateway      = "aws:ec2/natGateway:NatGateway"
	tokenSecurityGroup   = "aws:ec2/securityGroup:SecurityGroup"
)

// inVPC is the reference of nearly everything in EC2.
var inVPC = reference{input: "vpcId", typ: tokenVPC, property: "id", holds: true}

// Which inputs replace a resource, and what AWS computes, follow the provider's documentation of each
// type (https://www.pulumi.com/registry/packages/aws/) and its schema's ForceNew flags; what AWS refuses
// follows the EC2 API reference (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/), by action.
var ec2Types = map[string]entry{
	tokenVPC: {
		schema:  sdkschema.Of(ec2.VpcArgs{}, ec2.Vpc{}),
		replace: []string{"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"},
		id:      hexID("vpc-"),
		// CreateVpc: /16 to /28.
		check: func(c *checker) { c.cidr("cidrBlock", 16, 28) },
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "vpc/%s", c.id))
			c.set("ownerId", c.instance.account)
			c.set("defaultSecurityGroupId", "sg-"+c.token("default security group", 17))
			c.set("defaultNetworkAclId", "acl-"+c.token("default network acl", 17))
			c.set("defaultRouteTableId", "rtb-"+c.token("main route table", 17))
			c.set("mainRouteTableId", c.outputs["defaultRouteTableId"])
			c.set("dhcpOptionsId", "dopt-"+c.token("dhcp options", 17))
			c.setDefault("instanceTenancy", "default")
			c.setDefault("enableDnsSupport", true)
			c.setDefault("enableDnsHostnames", false)
			c.setDefault("enableNetworkAddressUsageMetrics", false)
			c.setDefault("ipv6AssociationId", "")
			c.setDefault("ipv6CidrBlock", "")
			c.setDefault("ipv6CidrBlockNetworkBorderGroup", "")
		},
	},
	tokenSubnet: {
		schema:     sdkschema.Of(ec2.SubnetArgs{}, ec2.Subnet{}),
		replace:    []string{"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"},
		references: []reference{inVPC},
		id:         hexID("subnet-"),
		// CreateSubnet: /16 to /28; within the VPC and beside the others is seen when it is made.
		check:    func(c *checker) { c.cidr("cidrBlock", 16, 28) },
		refusals: []refusal{{[]string{"cidrBlock", "vpcId"}, (*creation).misfitSubnet}},
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "subnet/%s", c.id))
			c.set("ownerId", c.instance.account)
			c.setDefault("availabilityZone", c.instance.region+"a")
			c.setDefault("availabilityZoneId", c.text("availabilityZone")+"-id")
			c.setDefault("ipv6CidrBlock", "")
			c.set("ipv6CidrBlockAssociationId", "")
			c.setDefault("mapPublicIpOnLaunch", false)
			c.setDefault("privateDnsHostnameTypeOnLaunch", "ip-name")
		},
	},
	tokenInternetGateway: {
		schema:     sdkschema.Of(ec2.InternetGatewayArgs{}, ec2.InternetGateway{}),
		references: []reference{inVPC},
		id:         hexID("igw-"),
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "internet-gateway/%s", c.id))
			c.set("ownerId", c.instance.account)
		},
		// DetachInternetGateway: not while the VPC has mapped public addresses.
		refuseDelete: func(cl *cloud.Cloud, gateway *cloud.Object) string {
			for _, nat := range cl.OfType(tokenNATGateway) {
				subnet := cl.Find(tokenSubnet, "id", nat.Outputs["subnetId"])
				if subnet != nil && subnet.Outputs["vpcId"] == gateway.Outputs["vpcId"] {
					return fmt.Sprintf("DependencyViolation: network %s has some mapped public address(es), of %s", gateway.Outputs["vpcId"], nat.ID)
				}
			}
			for _, balancer := range cl.OfType(tokenLoadBalancer) {
				if balancer.Outputs["internal"] == false && balancer.Outputs["vpcId"] == gateway.Outputs["vpcId"] {
					return fmt.Sprintf("DependencyViolation: network %s has some mapped public address(es), of %s", gateway.Outputs["vpcId"], balancer.ID)
				}
			}
			return ""
		},
	},
	tokenRouteTable: {
		schema:     sdkschema.Of(ec2.RouteTableArgs{}, ec2.RouteTable{}),
		replace:    []string{"vpcId"},
		references: []reference{inVPC},
		id:         hexID("rtb-"),
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "route-table/%s", c.id))
			c.set("ownerId", c.instance.account)
		},
	},
	"aws:ec2/route:Route": {
		schema:  sdkschema.Of(ec2.RouteArgs{}, ec2.Route{}),
		replace: []string{"routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"},
		references: []reference{
			{input: "routeTableId", typ: tokenRouteTable, property: "id", part: true},
			{input: "gatewayId", typ: tokenInternetGateway, property: "id"},
			{input: "natGatewayId", typ: tokenNATGateway, property: "id"},
		},
		id: routeID,
		compute: func(c *creation) {
			c.set("origin", "CreateRoute")
			c.set("state", "active")
			c.set("instanceId", "")
			c.set("instanceOwnerId", "")
			c.setDefault("networkInterfaceId", "")
		},
	},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {
		schema:  sdkschema.Of(ec2.RouteTableAssociationArgs{}, ec2.RouteTableAssociation{}),
		replace: []string{"subnetId", "gatewayId"},
		unique:  []string{"subnetId"},
		references: []reference{
			{input: "routeTableId", typ: tokenRouteTable, property: "id", holds: true},
			{input: "subnetId", typ: tokenSubnet, property: "id"},
		},
		id: hexID("rtbassoc-"),
	},
	tokenEIP: {
		schema:  sdkschema.Of(ec2.EipArgs{}, ec2.Eip{}),
		replace: []string{"address", "domain", "networkBorderGroup", "publicIpv4Pool"},
		id:      hexID("eipalloc-"),
		compute: func(c *creation) {
			address := c.freeAddress()
			c.set("arn", c.arn("ec2", "elastic-ip/%s", c.id))
			c.set("allocationId", c.id)
			c.set("publicIp", address)
			c.set("publicDns", fmt.Sprintf("ec2-%s.%s.compute.amazonaws.com", strings.ReplaceAll(address, ".", "-"), c.instance.region))
			c.setDefault("domain", "vpc")
			c.setDefault("networkBorderGroup", c.instance.region)
			c.setDefault("publicIpv4Pool", "amazon")
			for _, unset := range []string{"associationId", "carrierIp", "customerOwnedIp", "instance", "networkInterface", "privateDns", "privateIp", "ptrRecord", "ipamPoolId"} {
				c.setDefault(unset, "")
			}
		},
		inUse: "InvalidIPAddress.InUse",
	},
	tokenNATGateway: {
		schema:  sdkschema.Of(ec2.NatGatewayArgs{}, ec2.NatGateway{}),
		replace: []string{"allocationId", "connectivityType", "privateIp", "secondaryPrivateIpAddressCount", "subnetId", "vpcId", "availabilityMode"},
		references: []reference{
			{input: "allocationId", typ: tokenEIP, property: "allocationId", holds: true},
			{input: "subnetId", typ: tokenSubnet, property: "id", holds: true},
		},
		id: hexID("nat-"),
		refusals: []refusal{
			{[]string{"allocationId"}, (*creation).takenAddress},
			{[]string{"subnetId"}, (*creation).noWayOut},
		},
		compute: func(c *creation) {
			if eip := c.cloud.Find(tokenEIP, "allocationId", c.text("allocationId")); eip != nil {
				c.set("publicIp", eip.Outputs["publicIp"])
			}
			c.set("associationId", "eipassoc-"+c.token("association", 17))
			c.set("networkInterfaceId", "eni-"+c.token("interface", 17))
			c.setDefault("connectivityType", "public")
			c.setDefault("privateIp", "")
			for _, unset := range []string{"autoProvisionZones", "autoScalingIps", "availabilityMode", "regionalNatGatewayAutoMode", "routeTableId", "vpcId"} {
				c.setDefault(unset, "")
			}
			c.setDefault("secondaryPrivateIpAddressCount", 0)
		},
	},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		schema:  sdkschema.Of(ec2.VpcEndpointArgs{}, ec2.VpcEndpoint{}),
		replace: []string{"vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "resourceConfigurationArn", "serviceNetworkArn"},
		references: []reference{
			inVPC,
			{input: "routeTableIds", typ: tokenRouteTable, property: "id"},
			{input: "subnetIds", typ: tokenSubnet, property: "id", holds: true},
			{input: "securityGroupIds", typ: tokenSecurityGroup, property: "id", holds: true},
		},
		id:    hexID("vpce-"),
		check: func(c *checker) { c.oneOf("vpcEndpointType", "Gateway", "Interface", "GatewayLoadBalancer") },
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "vpc-endpoint/%s", c.id))
			c.set("ownerId", c.instance.account)
			c.set("prefixListId", "pl-"+c.token("prefix list", 8))
			c.set("state", "available")
			c.set("requesterManaged", false)
			c.setDefault("ipAddressType", "ipv4")
			c.setDefault("privateDnsEnabled", false)
			c.setDefault("policy", `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}`)
			c.setDefault("serviceRegion", c.instance.region)
			c.setDefault("dnsOptions", map[string]any{})
		},
	},
	"aws:ec2/flowLog:FlowLog": {
		schema:  sdkschema.Of(ec2.FlowLogArgs{}, ec2.FlowLog{}),
		replace: []string{"vpcId", "subnetId", "eniId", "trafficType", "logDestination", "logDestinationType", "logFormat", "iamRoleArn", "maxAggregationInterval", "destinationOptions", "deliverCrossAccountRole", "transitGatewayId", "transitGatewayAttachmentId"},
		references: []reference{
			{input: "vpcId", typ: tokenVPC, property: "id"},
			{input: "iamRoleArn", typ: tokenRole, property: "arn"},
			{input: "logDestination", typ: tokenLogGroup, property: "arn"},
		},
		id: hexID("fl-"),
		check: func(c *checker) {
			c.oneOf("trafficType", "ACCEPT", "REJECT", "ALL")
			// CreateFlowLogs: one minute or ten.
			c.numberIn("maxAggregationInterval", 60, 600)
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "vpc-flow-log/%s", c.id))
			c.setDefault("logDestination", "")
			c.setDefault("logFormat", "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}")
		},
	},
	tokenSecurityGroup: {
		schema:     sdkschema.Of(ec2.SecurityGroupArgs{}, ec2.SecurityGroup{}),
		autoName:   "name",
		replace:    []string{"name", "namePrefix", "description", "vpcId"},
		references: []reference{inVPC},
		id:         hexID("sg-"),
		// CreateSecurityGroup.
		check: func(c *checker) {
			c.matches("description", securityGroupText, "a description AWS takes: up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*")
			c.matches("name", notGroupID, "a name AWS takes: it starts with sg-")
		},
		refusals: []refusal{{[]string{"name", "vpcId"}, (*creation).takenGroupName}},
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "security-group/%s", c.id))
			c.set("ownerId", c.instance.account)
			c.setDefault("description", "Managed by Pulumi")
			c.setDefault("namePrefix", "")
			c.setDefault("ingress", []any{})
			c.setDefault("egress", []any{})
		},
	},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		schema:     sdkschema.Of(ec2.DefaultSecurityGroupArgs{}, ec2.DefaultSecurityGroup{}),
		replace:    []string{"vpcId"},
		references: []reference{{input: "vpcId", typ: tokenVPC, property: "id"}},
		id: func(c *creation) string {
			if vpc := c.cloud.Find(tokenVPC, "id", c.text("vpcId")); vpc != nil {
				return vpc.Outputs["defaultSecurityGroupId"].(string)
			}
			return ""
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("ec2", "security-group/%s", c.id))
			c.set("ownerId", c.instance.account)
			c.set("name", "default")
			c.set("namePrefix", "")
			c.set("description", "default VPC security group")
			c.setDefault("ingress", []any{})
			c.setDefault("egress", []any{})
		},
		adopted: true,
	},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule(
		sdkschema.Of(vpc.SecurityGroupIngressRuleArgs{}, vpc.SecurityGroupIngressRule{})),
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule(
		sdkschema.Of(vpc.SecurityGroupEgressRuleArgs{}, vpc.SecurityGroupEgressRule{})),
}

// securityGroupRule is the entry of a rule of a security group, in or out: AWS takes the same of both.
func securityGroupRule(schema sdkschema.Resource) entry {
	return entry{
		schema:  schema,
		replace: []string{"securityGroupId"},
		// The provider's ModifyPlan: a rule cannot change the kind of its source.
		replaceWhen: func(before, after resource.PropertyMap) []string {
			if ruleSource(before) == ruleSource(after) {
				return nil
			}
			return ruleSources
		},
		references: []reference{
			{input: "securityGroupId", typ: tokenSecurityGroup, property: "id", part: true},
			{input: "referencedSecurityGroupId", typ: tokenSecurityGroup, property: "id", holds: true},
		},
		id:    hexID("sgr-"),
		check: (*checker).checkSecurityGroupRule,
		refusals: []refusal{
			{append([]string{"securityGroupId", "ipProtocol", "fromPort", "toPort"}, ruleSources...), (*creation).duplicateRule},
		},
		compute: func(c *creation) {
			c.set("securityGroupRuleId", c.id)
			c.set("arn", c.arn("ec2", "security-group-rule/%s", c.id))
		},
	}
}

// checkSecurityGroupRule follows AuthorizeSecurityGroupIngress and AuthorizeSecurityGroupEgress.
func (c *checker) checkSecurityGroupRule() {
	c.matches("description", securityGroupText, "a description AWS takes")
	c.between("fromPort", -1, 65535)
	c.between("toPort", -1, 65535)
	from, fromOK := c.number("fromPort")
	to, toOK := c.number("toPort")
	if fromOK && toOK && from > to {
		c.fail("toPort", "InvalidParameterValue: %d is below fromPort %d", to, from)
	}
	sources := 0
	for _, source := range ruleSources {
		if _, given := c.inputs[resource.PropertyKey(source)]; given {
			sources++
		}
	}
	if sources != 1 {
		c.fail("cidrIpv4", "exactly one of cidrIpv4, cidrIpv6, prefixListId and referencedSecurityGroupId is wanted, not %d", sources)
	}
}

var (
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
	securityGroupText = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)
	notGroupID        = regexp.MustCompile(`^([^s]|s[^g]|sg[^-])`)
)

// ruleSources are the inputs of which a rule has one: where traffic comes from, or goes to.
var ruleSources = []string{"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}

func ruleSource(inputs resource.PropertyMap) string {
	for _, source := range ruleSources {
		if _, given := inputs[resource.PropertyKey(source)]; given {
			return source
		}
	}
	return ""
}

// ruleTraffic is what makes a rule another than the others of its direction.
type ruleTraffic struct{ group, protocol, from, to, peer string }

// trafficOf is what a rule admits, in the one way that EC2 writes it
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html): -1 is every protocol, and then
// every port.
func trafficOf(rule map[string]any) ruleTraffic {
	traffic := ruleTraffic{group: fmt.Sprint(rule["securityGroupId"]), protocol: strings.ToLower(fmt.Sprint(rule["ipProtocol"]))}
	if name, isNumber := protocolNames[traffic.protocol]; isNumber {
		traffic.protocol = name
	}
	if traffic.protocol != "-1" {
		traffic.from, traffic.to = fmt.Sprint(rule["fromPort"]), fmt.Sprint(rule["toPort"])
	}
	for _, source := range ruleSources {
		if peer, given := rule[source].(string); given {
			traffic.peer = peer
		}
	}
	if block, err := netip.ParsePrefix(traffic.peer); err == nil {
		traffic.peer = block.Masked().String()
	}
	return traffic
}

// protocolNames are the protocols that EC2 has names for, by number.
var protocolNames = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

// duplicateRule holds a rule to admitting what no other of its group and direction does: InvalidPermission.Duplicate
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
func (c *creation) duplicateRule() error {
	wanted := trafficOf(c.outputs)
	for _, other := range c.others() {
		if trafficOf(other.Outputs) == wanted {
			return fmt.Errorf("InvalidPermission.Duplicate: the specified rule \"peer: %s, %s, from port: %s, to port: %s, ALLOW\" already exists: it is %s",
				wanted.peer, strings.ToUpper(wanted.protocol), wanted.from, wanted.to, other.ID)
		}
	}
	return nil
}

// routeID is the id of a route: a table has one for each destination. The provider hashes it the same way
// (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_route.go).
func routeID(c *creation) string {
	for _, destination := range []string{"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"} {
		if text := c.text(destination); text != "" {
			return fmt.Sprintf("r-%s%d", c.text("routeTableId"), crc32.ChecksumIEEE([]byte(text)))
		}
	}
	c.err = errors.New("MissingParameter: a route wants a destination")
	return ""
}

// freeAddress is the first address that no elastic IP has, of a block for examples (RFC 5737).
func (c *creation) freeAddress() string {
	for last := 1; last < 255; last++ {
		address := fmt.Sprintf("198.51.100.%d", last)
		if c.cloud.Find(tokenEIP, "publicIp", address) == nil {
			return address
		}
	}
	c.err = errors.New("AddressLimitExceeded: the sandbox has 254 addresses")
	return ""
}

// takenGroupName holds a security group to a name that no other of its VPC has.
func (c *creation) takenGroupName() error {
	for _, other := range c.others() {
		if other.Outputs["vpcId"] == c.outputs["vpcId"] && other.Outputs["name"] == c.outputs["name"] {
			return fmt.Errorf("InvalidGroup.Duplicate: the security group '%s' already exists for VPC '%s'", c.text("name"), c.text("vpcId"))
		}
	}
	return nil
}

// takenAddress holds a NAT gateway to an address that no other has.
func (c *creation) takenAddress() error {
	allocation := c.text("allocationId")
	for _, other := range c.others() {
		if allocation != "" && other.Outputs["allocationId"] == allocation {
			return fmt.Errorf("Resource.AlreadyAssociated: elastic IP address %s is already associated with %s", allocation, other.ID)
		}
	}
	return nil
}

// misfitSubnet holds a subnet to its VPC's block, and to room that no other subnet has.
func (c *creation) misfitSubnet() error {
	block, err := netip.ParsePrefix(c.text("cidrBlock"))
	if err != nil {
		return nil // there are subnets without an IPv4 block
	}
	vpc := c.cloud.Find(tokenVPC, "id", c.text("vpcId"))
	whole, err := netip.ParsePrefix(fmt.Sprint(vpc.Outputs["cidrBlock"]))
	if err != nil || !whole.Contains(block.Addr()) || block.Bits() < whole.Bits() {
		return fmt.Errorf("InvalidSubnet.Range: the CIDR '%s' is invalid: it is not within %s", block, vpc.Outputs["cidrBlock"])
	}
	for _, other := range c.others() {
		taken, err := netip.ParsePrefix(fmt.Sprint(other.Outputs["cidrBlock"]))
		if err == nil && other.Outputs["vpcId"] == vpc.ID && taken.Overlaps(block) {
			return fmt.Errorf("InvalidSubnet.Conflict: the CIDR '%s' conflicts with another subnet, %s", block, other.ID)
		}
	}
	return nil
}

// noWayOut holds a public NAT gateway to a VPC that has an internet gateway.
func (c *creation) noWayOut() error {
	subnet := c.cloud.Find(tokenSubnet, "id", c.text("subnetId"))
	if subnet == nil || c.hasInternetGateway(subnet.Outputs["vpcId"]) {
		return nil
	}
	return fmt.Errorf("Gateway.NotAttached: network %s has no internet gateway attached", subnet.Outputs["vpcId"])
}

// vpcOf is the VPC of the first of the subnets that an input names: what is made of them is in it for good.
func (c *creation) vpcOf(input string) any {
	subnets := lookup(c.inputs, input)
	if len(subnets) == 0 {
		return nil
	}
	return c.cloud.Find(tokenSubnet, "id", subnets[0]).Outputs["vpcId"]
}

// outsideVPC holds the subnets that an input names to the VPC of what is made of them.
func (c *creation) outsideVPC(input string) error {
	for _, id := range lookup(c.inputs, input) {
		if subnet := c.cloud.Find(tokenSubnet, "id", id); subnet.Outputs["vpcId"] != c.outputs["vpcId"] {
			return fmt.Errorf("InvalidSubnet: %s is in %v, and the others in %v: all are of one VPC", subnet.ID, subnet.Outputs["vpcId"], c.outputs["vpcId"])
		}
	}
	return nil
}

// zonesOf is how many zones some subnets are in.
func (c *creation) zonesOf(subnets []any) int {
	zones := map[any]bool{}
	for _, id := range subnets {
		if subnet := c.cloud.Find(tokenSubnet, "id", id); subnet != nil {
			zones[subnet.Outputs["availabilityZone"]] = true
		}
	}
	return len(zones)
}

// hasInternetGateway tells whether an internet gateway is attached to a VPC.
func (c *creation) hasInternetGateway(vpcID any) bool {
	return slices.ContainsFunc(c.cloud.OfType(tokenInternetGateway), func(g *cloud.Object) bool {
		return g.Outputs["vpcId"] == vpcID
	})
}
