package network_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/network"
	"coffee-platform/internal/testkit"
)

const (
	subnetType      = "aws:ec2/subnet:Subnet"
	routeType       = "aws:ec2/route:Route"
	endpointType    = "aws:ec2/vpcEndpoint:VpcEndpoint"
	natType         = "aws:ec2/natGateway:NatGateway"
	associationType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
)

func validArgs() *network.Args {
	return &network.Args{
		CIDR:                 "10.10.0.0/16",
		Region:               testkit.Region,
		AccountID:            testkit.Account,
		Zones:                []string{"us-east-1a", "us-east-1b", "us-east-1c"},
		NAT:                  network.NATPerZone,
		FlowLogRetentionDays: 30,
		Protect:              true,
	}
}

func program(args *network.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "network", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			require.Greater(t, len(r.All()), 30)
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:network:Network"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestThreeTiersInEveryZone(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			require.Len(t, r.OfType(subnetType), 9)
			for _, tier := range []string{"public", "private", "data"} {
				for _, zone := range validArgs().Zones {
					subnet := r.One(t, subnetType, "network-"+tier+"-"+zone)
					assert.Equal(t, zone, subnet.Get(t, "availabilityZone"))
					assert.Equal(t, false, subnet.Get(t, "mapPublicIpOnLaunch"), "nothing gets a public address by itself")
				}
			}
		})
	}
}

func TestLoadBalancersFindTheirSubnets(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, "1", r.One(t, subnetType, "network-public-us-east-1a").Get(t, "tags", "kubernetes.io/role/elb"))
	assert.Equal(t, "1", r.One(t, subnetType, "network-private-us-east-1a").Get(t, "tags", "kubernetes.io/role/internal-elb"))
	data := r.One(t, subnetType, "network-data-us-east-1a").Get(t, "tags").(map[string]any)
	assert.NotContains(t, data, "kubernetes.io/role/elb")
	assert.NotContains(t, data, "kubernetes.io/role/internal-elb")
}

func TestNATModes(t *testing.T) {
	for _, c := range []struct {
		mode network.NATMode
		// nats are the gateways, viaNAT how many private zones have a route through each.
		nats   int
		viaNAT []int
	}{
		{network.NATNone, 0, nil},
		{network.NATSingle, 1, []int{3}},
		{network.NATPerZone, 3, []int{1, 1, 1}},
	} {
		t.Run(string(c.mode), func(t *testing.T) {
			args := validArgs()
			args.NAT = c.mode
			r := testkit.MustRun(t, testkit.Update, program(args))
			assert.Len(t, r.OfType(natType), c.nats)
			users := map[any]int{}
			for _, route := range r.OfType(routeType) {
				if nat, ok := route.Inputs["natGatewayId"]; ok {
					users[nat]++
				}
			}
			var counts []int
			for _, n := range users {
				counts = append(counts, n)
			}
			assert.ElementsMatch(t, c.viaNAT, counts)
		})
	}
}

// The data tier's isolation is the absence of a route: no route of any kind is in its table.
func TestDataSubnetsHaveNoWayOut(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	table := r.One(t, associationType, "network-data-us-east-1a").Get(t, "routeTableId")
	for _, zone := range validArgs().Zones {
		assert.Equal(t, table, r.One(t, associationType, "network-data-"+zone).Get(t, "routeTableId"))
	}
	for _, route := range r.OfType(routeType) {
		assert.NotEqual(t, table, route.Get(t, "routeTableId"), "%s leads out of the data tier", route.Name)
	}
	for _, endpoint := range r.OfType(endpointType) {
		assert.NotContains(t, endpoint.Get(t, "routeTableIds"), table)
	}
}

func TestPublicSubnetsReachTheInternet(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	route := r.One(t, routeType, "network-public-default")
	assert.Equal(t, "0.0.0.0/0", route.Get(t, "destinationCidrBlock"))
	assert.NotEmpty(t, route.Get(t, "gatewayId"))
	assert.Equal(t, route.Get(t, "routeTableId"), r.One(t, associationType, "network-public-us-east-1b").Get(t, "routeTableId"))
}

func TestNATGatewaysWaitForTheInternetGateway(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	gateway := r.One(t, "aws:ec2/internetGateway:InternetGateway", "network")
	for _, nat := range r.OfType(natType) {
		assert.Contains(t, nat.Dependencies, gateway.URN)
	}
}

func TestDefaultSecurityGroupIsEmpty(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	group := r.One(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default")
	assert.NotContains(t, group.Inputs, "ingress")
	assert.NotContains(t, group.Inputs, "egress")
}

func TestFlowLogsAreKeptAsLongAsAsked(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	group := r.One(t, "aws:cloudwatch/logGroup:LogGroup", "network-flow-logs")
	assert.EqualValues(t, 30, group.Get(t, "retentionInDays"))
	assert.Contains(t, group.Get(t, "kmsKeyId"), ":key/")
	key := r.One(t, "aws:kms/key:Key", "network-flow-logs")
	assert.True(t, key.Protect)
	assert.Contains(t, key.Get(t, "policy"), "arn:aws:logs:us-east-1:111122223333:log-group:*")
	log := r.One(t, "aws:ec2/flowLog:FlowLog", "network")
	assert.Equal(t, "ALL", log.Get(t, "trafficType"))
	assert.Contains(t, log.Get(t, "logDestination"), "log-group:network-flow-logs")
}

func TestProtect(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		assert.Equal(t, protected, r.One(t, "aws:ec2/vpc:Vpc", "network").Protect)
		for _, subnet := range r.OfType(subnetType) {
			assert.Equal(t, protected, subnet.Protect, subnet.Name)
		}
	}
}

func TestS3NeedsNoNAT(t *testing.T) {
	for _, mode := range testkit.Modes {
		r := testkit.MustRun(t, mode, program(validArgs()))
		require.Len(t, r.OfType(endpointType), 1, "an interface endpoint costs money in every zone: only those that are named")
		assert.Equal(t, "Gateway", r.One(t, endpointType, "network-s3").Get(t, "vpcEndpointType"))
	}
	tables := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, endpointType, "network-s3").Get(t, "routeTableIds")
	assert.Len(t, tables, 3)
}

func TestInterfaceEndpoints(t *testing.T) {
	args := validArgs()
	args.InterfaceEndpoints = []string{"ecr.api", "ecr.dkr", "secretsmanager"}
	for _, mode := range testkit.Modes {
		r := testkit.MustRun(t, mode, program(args))
		for _, service := range args.InterfaceEndpoints {
			endpoint := r.One(t, endpointType, "network-"+service)
			assert.Equal(t, "com.amazonaws.us-east-1."+service, endpoint.Get(t, "serviceName"))
			assert.Equal(t, "Interface", endpoint.Get(t, "vpcEndpointType"))
			assert.Equal(t, true, endpoint.Get(t, "privateDnsEnabled"))
		}
		rule := r.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "network-endpoints")
		assert.EqualValues(t, 443, rule.Get(t, "fromPort"))
		assert.EqualValues(t, 443, rule.Get(t, "toPort"))
	}
	r := testkit.MustRun(t, testkit.Update, program(args))
	assert.Len(t, r.One(t, endpointType, "network-ecr.api").Get(t, "subnetIds"), 3)
	assert.Len(t, r.One(t, endpointType, "network-ecr.api").Get(t, "securityGroupIds"), 1)
	assert.Equal(t, "10.10.0.0/16", r.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "network-endpoints").Get(t, "cidrIpv4"))
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*network.Args)
		want   []string
	}{
		{"no block", func(a *network.Args) { a.CIDR = "ten" }, []string{`cidr: "ten" is not an IPv4 block: write one like 10.10.0.0/16`}},
		{"IPv6", func(a *network.Args) { a.CIDR = "fd00::/16" }, []string{"cidr: "}},
		{"bits after the prefix", func(a *network.Args) { a.CIDR = "10.10.1.0/16" }, []string{"did you mean 10.10.0.0/16?"}},
		{"too large", func(a *network.Args) { a.CIDR = "10.0.0.0/15" }, []string{"cidr: /15 is outside /16 to /20"}},
		{"too small", func(a *network.Args) { a.CIDR = "10.0.0.0/21" }, []string{"cidr: /21 is outside /16 to /20"}},
		{"public addresses", func(a *network.Args) { a.CIDR = "8.8.0.0/16" }, []string{"cidr: 8.8.0.0/16 is not a private network"}},
		{"one zone", func(a *network.Args) { a.Zones = a.Zones[:1] }, []string{"zones: has 1"}},
		{"four zones", func(a *network.Args) { a.Zones = append(a.Zones, "us-east-1d") }, []string{"zones: has 4"}},
		{"another region", func(a *network.Args) { a.Zones[1] = "eu-west-1b" }, []string{"zones[1]: eu-west-1b is not in region us-east-1"}},
		{"twice", func(a *network.Args) { a.Zones[1] = "us-east-1a" }, []string{"zones[1]: us-east-1a is named twice"}},
		{"no zone", func(a *network.Args) { a.Zones[1] = "b" }, []string{`zones[1]: "b" is not the name`}},
		{"unknown mode", func(a *network.Args) { a.NAT = "double" }, []string{`nat: "double" is not a NAT mode: use none, single or perZone`}},
		{"odd retention", func(a *network.Args) { a.FlowLogRetentionDays = 31 }, []string{"flowLogRetentionDays: CloudWatch Logs cannot keep logs for 31 days"}},
		{"endpoint by its whole name", func(a *network.Args) { a.InterfaceEndpoints = []string{"com.amazonaws.us-east-1.STS"} }, []string{"interfaceEndpoints[0]: "}},
		{"endpoint of S3", func(a *network.Args) { a.InterfaceEndpoints = []string{"s3"} }, []string{"interfaceEndpoints[0]: s3 has a gateway endpoint already"}},
		{"endpoint twice", func(a *network.Args) { a.InterfaceEndpoints = []string{"sts", "sts"} }, []string{"interfaceEndpoints[1]: sts is named twice"}},
		{"half of ECR", func(a *network.Args) { a.InterfaceEndpoints = []string{"ecr.dkr"} }, []string{"interfaceEndpoints: ecr.dkr without ecr.api pulls no image"}},
		{"all at once", func(a *network.Args) { a.CIDR, a.NAT, a.Zones = "", "", nil }, []string{"cidr: ", "nat: ", "zones: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			err := testkit.Refused(t, program(args))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
