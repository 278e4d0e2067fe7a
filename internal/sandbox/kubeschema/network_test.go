package kubeschema

import "testing"

func TestServices(t *testing.T) {
	run(t, map[string]check{
		"ports":                  {service, "spec.ports", "[{port: 1}]", "[]", []string{"spec.ports: Required"}},
		"headless without ports": {service, "spec", "{clusterIP: None}", "{clusterIP: None, ports: [{port: 0}]}", []string{"spec.ports[0].port: between 1 and 65535"}},
		"port names":             {service, "spec.ports.1.name", "metrics", removed, []string{"spec.ports[1].name: Required"}},
		"port name":              {service, "spec.ports.1.name", "a-b", "a_b", []string{"spec.ports[1].name: RFC 1123 label"}},
		"port names unique":      {service, "spec.ports.1.name", "metrics", "http", []string{"spec.ports[1].name: Duplicate"}},
		"ports unique":           {service, "spec.ports.1", "{name: a, port: 8000, protocol: UDP}", "{name: a, port: 8000, protocol: TCP}", []string{"spec.ports[1]: Duplicate"}},
		"protocol":               {service, "spec.ports.0.protocol", "SCTP", "HTTP", []string{"spec.ports[0].protocol: Unsupported"}},
		"target":                 {service, "spec.ports.0.targetPort", "8000", "65536", []string{"spec.ports[0].targetPort: between 1 and 65535"}},
		"target's default":       {service, "spec.ports.0.targetPort", "''", "-1", []string{"spec.ports[0].targetPort: between 1 and 65535"}},
		"target name":            {service, "spec.ports.0.targetPort", "http", "a_b", []string{"spec.ports[0].targetPort: must contain only"}},
		"application protocol":   {service, "spec.ports.0.appProtocol", "kubernetes.io/h2c", "a b", []string{"spec.ports[0].appProtocol: name part"}},
		"node port":              {service, "spec.ports.0.nodePort", "0", "30000", []string{"spec.ports[0].nodePort: may not be used when `type` is 'ClusterIP'"}},
		"node ports unique":      {service, "spec", "{type: NodePort, ports: [{name: a, port: 1, nodePort: 30000}, {name: b, port: 2, nodePort: 30001}]}", "{type: NodePort, ports: [{name: a, port: 1, nodePort: 30000}, {name: b, port: 2, nodePort: 30000}]}", []string{"spec.ports[1].nodePort: Duplicate"}},
		"selector":               {service, "spec.selector", "{a: b}", "{a: b c}", []string{"spec.selector: a valid label"}},
		"type":                   {service, "spec.type", "NodePort", "Internal", []string{"spec.type: Unsupported"}},
		"external name":          {service, "spec", "{type: ExternalName, externalName: a.example.com.}", "{type: ExternalName}", []string{"spec.externalName: Required"}},
		"external name's form":   {service, "spec", "{type: ExternalName, externalName: a.example.com}", "{type: ExternalName, externalName: a b}", []string{"spec.externalName: RFC 1123"}},
		"external name's IP":     {service, "spec", "{type: ExternalName, externalName: a}", "{type: ExternalName, externalName: a, clusterIP: None}", []string{"spec.clusterIPs: may not be set for ExternalName"}},
		"cluster IP":             {service, "spec.clusterIP", "10.0.0.1", "10.0.0", []string{"spec.clusterIPs[0]: must be a valid IP address"}},
		"cluster IPs":            {service, "spec", "{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ports: [{port: 1}]}", "{clusterIPs: [10.0.0.1], ports: [{port: 1}]}", []string{"spec.clusterIPs: first value must match"}},
		"none alone":             {service, "spec", "{clusterIP: None, clusterIPs: [None]}", "{clusterIP: None, clusterIPs: [None, 10.0.0.1, 10.0.0.2]}", []string{"spec.clusterIPs: 'None' must be the first and only", "spec.clusterIPs: Too many"}},
		"none reachable":         {loadBalancer, "spec.clusterIP", "10.0.0.1", "None", []string{"spec.clusterIPs[0]: may not be set to 'None' for LoadBalancer"}},
		"families":               {service, "spec.ipFamilies", "[IPv4, IPv6]", "[IPv4, IPv4]", []string{"spec.ipFamilies[1]: Duplicate"}},
		"family":                 {service, "spec.ipFamilies", "[IPv6]", "[IP]", []string{"spec.ipFamilies[0]: Unsupported"}},
		"family policy":          {service, "spec.ipFamilyPolicy", "SingleStack", "Both", []string{"spec.ipFamilyPolicy: Unsupported"}},
		"affinity":               {service, "spec.sessionAffinity", "None", "Cookie", []string{"spec.sessionAffinity: Unsupported"}},
		"affinity config":        {service, "spec", "{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}, ports: [{port: 1}]}", "{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}, ports: [{port: 1}]}", []string{"spec.sessionAffinityConfig.clientIP.timeoutSeconds: less than 86400"}},
		"external IPs":           {service, "spec.externalIPs", "[192.0.2.1]", "[a]", []string{"spec.externalIPs[0]: must be a valid IP"}},
		"sources":                {loadBalancer, "spec.loadBalancerSourceRanges", "[' 10.0.0.0/8']", "[10.0.0.0]", []string{"spec.loadBalancerSourceRanges[0]: must be a valid CIDR"}},
		"sources of others":      {service, "spec.loadBalancerSourceRanges", "[]", "[10.0.0.0/8]", []string{"spec.loadBalancerSourceRanges: may only be used when"}},
		"class":                  {loadBalancer, "spec.loadBalancerClass", "eks.amazonaws.com/nlb", "a b", []string{"spec.loadBalancerClass: name part"}},
		"class of others":        {service, "spec.loadBalancerClass", removed, "a", []string{"spec.loadBalancerClass: may only be used when"}},
		"node ports of others":   {service, "spec.allocateLoadBalancerNodePorts", removed, "false", []string{"spec.allocateLoadBalancerNodePorts: may only be used when"}},
		"external policy":        {loadBalancer, "spec.externalTrafficPolicy", "Cluster", "Zone", []string{"spec.externalTrafficPolicy: Unsupported"}},
		"external policy inside": {service, "spec", "{externalTrafficPolicy: Local, externalIPs: [192.0.2.1], ports: [{port: 1}]}", "{externalTrafficPolicy: Local, ports: [{port: 1}]}", []string{"spec.externalTrafficPolicy: may only be used when"}},
		"health check":           {loadBalancer, "spec.healthCheckNodePort", "30000", "70000", []string{"spec.healthCheckNodePort: between 1 and 65535"}},
		"health check of others": {service, "spec.healthCheckNodePort", "0", "30000", []string{"spec.healthCheckNodePort: may only be used when"}},
		"internal policy":        {service, "spec.internalTrafficPolicy", "Local", "Zone", []string{"spec.internalTrafficPolicy: Unsupported"}},
		"distribution":           {service, "spec.trafficDistribution", "PreferSameZone", "Near", []string{"spec.trafficDistribution: Unsupported"}},
	})
}

func TestIngresses(t *testing.T) {
	path, atPath := "spec.rules.0.http.paths.0", "spec.rules[0].http.paths[0]"
	run(t, map[string]check{
		"rules or default":    {ingress, "spec", "{defaultBackend: {service: {name: a, port: {name: http}}}}", "{}", []string{"spec: either `defaultBackend` or `rules`"}},
		"default backend":     {ingress, "spec.defaultBackend", "{resource: {kind: Bucket, name: a}}", "{}", []string{"spec.defaultBackend: resource or service backend is required"}},
		"one backend":         {ingress, path + ".backend", "{resource: {kind: Bucket, name: a}}", "{resource: {kind: Bucket, name: a}, service: {name: a, port: {number: 1}}}", []string{atPath + ".backend: cannot set both"}},
		"backend resource":    {ingress, path + ".backend", "{resource: {kind: Bucket, name: a}}", "{resource: {kind: a/b}}", []string{atPath + ".backend.resource.kind: may not contain '/'", atPath + ".backend.resource.name: Required"}},
		"backend service":     {ingress, path + ".backend.service.name", "a", "A", []string{atPath + ".backend.service.name: DNS-1035"}},
		"backend port":        {ingress, path + ".backend.service.port", "{name: http}", "{}", []string{atPath + ".backend.service.port: port name or number is required"}},
		"backend one port":    {ingress, path + ".backend.service.port", "{number: 1}", "{number: 1, name: http}", []string{atPath + ".backend.service.port: cannot set both"}},
		"backend port number": {ingress, path + ".backend.service.port", "{number: 1}", "{number: -1}", []string{atPath + ".backend.service.port.number: between 1 and 65535"}},
		"backend port name":   {ingress, path + ".backend.service.port", "{name: http}", "{name: a_b}", []string{atPath + ".backend.service.port.name: must contain only"}},
		"host":                {ingress, "spec.rules.0.host", "'*.example.com'", "'*.*.com'", []string{"spec.rules[0].host: a wildcard DNS-1123"}},
		"host's form":         {ingress, "spec.rules.0.host", removed, "a_b", []string{"spec.rules[0].host: RFC 1123"}},
		"host not an address": {ingress, "spec.rules.0.host", "a.b", "10.0.0.1", []string{"spec.rules[0].host: must be a DNS name, not an IP address"}},
		"rule without HTTP":   {ingress, "spec.rules.0.http", removed, "{paths: []}", []string{"spec.rules[0].http.paths: Required"}},
		"path type":           {ingress, path + ".pathType", "Exact", removed, []string{atPath + ".pathType: must be specified"}},
		"path type's value":   {ingress, path + ".pathType", "ImplementationSpecific", "Regex", []string{atPath + ".pathType: Unsupported"}},
		"path":                {ingress, path + ".path", "/", removed, []string{atPath + ".path: must be an absolute path"}},
		"path's parts":        {ingress, path + ".path", "/a/b", "/a//b", []string{atPath + ".path: must not contain '//'"}},
		"path's end":          {ingress, path + ".path", "/a", "/a/..", []string{atPath + ".path: cannot end with '/..'"}},
		"own paths":           {ingress, path, "{pathType: ImplementationSpecific, backend: {service: {name: a, port: {number: 1}}}}", "{path: '*', pathType: ImplementationSpecific, backend: {service: {name: a, port: {number: 1}}}}", []string{atPath + ".path: must be an absolute path"}},
		"TLS host":            {ingress, "spec.tls.0.hosts", "['*.example.com']", "[a_b]", []string{"spec.tls[0].hosts[0]: RFC 1123"}},
		"TLS secret":          {ingress, "spec.tls.0.secretName", removed, "A", []string{"spec.tls[0].secretName: RFC 1123"}},
		"class":               {ingress, "spec.ingressClassName", "alb", "ALB", []string{"spec.ingressClassName: RFC 1123"}},
		"class twice":         {ingress, "metadata.annotations", "{kubernetes.io/ingress.class: alb}", "{kubernetes.io/ingress.class: nginx}", []string{"metadata.annotations[kubernetes.io/ingress.class]: must match `ingressClassName`"}},
		"controller":          {ingressClass, "spec.controller", "a.b/c", "alb", []string{"spec.controller: must be a domain-prefixed path"}},
		"controller's length": {ingressClass, "spec.controller", "a.b/c", "a.b/" + long250, []string{"spec.controller: Too long"}},
		"no parameters":       {ingressClass, "spec.parameters", removed, "{}", []string{"spec.parameters.kind: Required", "spec.parameters.name: Required"}},
		"parameters":          {ingressClass, "spec.parameters", "{kind: A, name: a}", "{apiGroup: A, kind: A, name: a/b}", []string{"spec.parameters.apiGroup: RFC 1123", "spec.parameters.name: may not contain '/'"}},
		"parameters' kind":    {ingressClass, "spec.parameters", "{kind: A, name: a}", "{name: a}", []string{"spec.parameters.kind: Required"}},
		"parameters' scope":   {ingressClass, "spec.parameters", "{kind: A, name: a, scope: Cluster}", "{kind: A, name: a, scope: Global}", []string{"spec.parameters.scope: Unsupported"}},
		"of the cluster":      {ingressClass, "spec.parameters", "{kind: A, name: a}", "{kind: A, name: a, namespace: a}", []string{"spec.parameters.namespace: is set to 'Cluster'"}},
		"of a namespace":      {ingressClass, "spec.parameters", "{kind: A, name: a, scope: Namespace, namespace: a}", "{kind: A, name: a, scope: Namespace}", []string{"spec.parameters.namespace: is set to 'Namespace'"}},
		"namespace's name":    {ingressClass, "spec.parameters", "{kind: A, name: a, scope: Namespace, namespace: a}", "{kind: A, name: a, scope: Namespace, namespace: A}", []string{"spec.parameters.namespace: RFC 1123"}},
	})
}

const long250 = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz" +
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

func TestNetworkPolicies(t *testing.T) {
	ports, atPorts := "spec.ingress.0.ports", "spec.ingress[0].ports[0]"
	block := "spec.egress.0.to.0.ipBlock"
	run(t, map[string]check{
		"pods":                {networkPolicy, "spec.podSelector", "{}", "{matchLabels: {a: b c}}", []string{"spec.podSelector.matchLabels: a valid label"}},
		"types":               {networkPolicy, "spec.policyTypes", "[Egress]", "[Both]", []string{"spec.policyTypes[0]: Unsupported"}},
		"type count":          {networkPolicy, "spec.policyTypes", "[]", "[Egress, Ingress, Egress]", []string{"spec.policyTypes: may not specify more than two"}},
		"protocol":            {networkPolicy, ports, "[{protocol: UDP}]", "[{protocol: ICMP}]", []string{atPorts + ".protocol: Unsupported"}},
		"port":                {networkPolicy, ports, "[{port: http}]", "[{port: 0}]", []string{atPorts + ".port: between 1 and 65535"}},
		"port name":           {networkPolicy, ports, "[{port: http}]", "[{port: a_b}]", []string{atPorts + ".port: must contain only"}},
		"range":               {networkPolicy, ports, "[{port: 1, endPort: 1}]", "[{port: 2, endPort: 1}]", []string{atPorts + ".endPort: greater than or equal to `port`"}},
		"range's end":         {networkPolicy, ports, "[{port: 1, endPort: 65535}]", "[{port: 1, endPort: 65536}]", []string{atPorts + ".endPort: between 1 and 65535"}},
		"range without start": {networkPolicy, ports, "[]", "[{endPort: 1}]", []string{atPorts + ".endPort: when `port` is not specified"}},
		"range from a name":   {networkPolicy, ports, "[]", "[{port: http, endPort: 1}]", []string{atPorts + ".endPort: when `port` is non-numeric"}},
		"egress port":         {networkPolicy, "spec.egress.0.ports", "[]", "[{port: -1}]", []string{"spec.egress[0].ports[0].port: between 1 and 65535"}},
		"peer":                {networkPolicy, "spec.ingress.0.from", "[{namespaceSelector: {}}]", "[{}]", []string{"spec.ingress[0].from[0]: must specify a peer"}},
		"one kind of peer":    {networkPolicy, "spec.ingress.0.from", "[{namespaceSelector: {}, podSelector: {}}]", "[{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]", []string{"spec.ingress[0].from[0]: may not specify both"}},
		"peer's selectors":    {networkPolicy, "spec.ingress.0.from", "[]", "[{namespaceSelector: {matchLabels: {a b: c}}, podSelector: {matchLabels: {a b: c}}}]", []string{"spec.ingress[0].from[0].namespaceSelector.matchLabels: name part", "spec.ingress[0].from[0].podSelector.matchLabels: name part"}},
		"block":               {networkPolicy, block, "{cidr: '2001:db8::/32'}", "{cidr: 10.0.0.0}", []string{"spec.egress[0].to[0].ipBlock.cidr: must be a valid CIDR"}},
		"block required":      {networkPolicy, block, "{cidr: 0.0.0.0/0}", "{}", []string{"spec.egress[0].to[0].ipBlock.cidr: Required"}},
		"exception":           {networkPolicy, block + ".except", "[10.0.0.0/24]", "[10.0.0.0]", []string{"spec.egress[0].to[0].ipBlock.except[0]: must be a valid CIDR"}},
		"exception within":    {networkPolicy, block + ".except", "[10.0.0.0/24]", "[10.1.0.0/24]", []string{"spec.egress[0].to[0].ipBlock.except[0]: strict subset"}},
		"exception smaller":   {networkPolicy, block + ".except", "[10.0.0.0/17]", "[10.0.0.0/16]", []string{"spec.egress[0].to[0].ipBlock.except[0]: strict subset"}},
	})
}
