package main

import "github.com/spf13/cobra"

// Several commands make a request, or at least a connection. What they have in
// common means the same in each of them, and stands here.

// addRequestFlags adds what a request is.
func (o *options) addRequestFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.method, "request", "X", "", "use `METHOD`; without it GET, or POST where there is data")
	f.VarP(o.data.flag(formData), "data", "d", "send `DATA` as a form; @file reads it from a file, @- from standard input")
	f.Var(o.data.flag(binaryData), "data-binary", "send `DATA` as --data does, but a file's line ends are kept")
	f.Var(o.data.flag(jsonData), "json", "send `DATA` as JSON, @file and @- as in --data")
	f.BoolVarP(&o.head, "head", "I", false, "ask with HEAD, and show the head of the response")
}

// addFieldFlags adds what goes with a request.
func (o *options) addFieldFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.headers, "header", "H", nil, "send this `FIELD`, \"Name: value\"; \"Name:\" leaves a usual one out")
	f.StringVarP(&o.user, "user", "u", "", "authenticate as `NAME:PASSWORD` (Basic); without a password it is asked for")
	f.StringVarP(&o.userAgent, "user-agent", "A", "", "say that the client is `AGENT`, in the field User-Agent")
}

func (o *options) addVerboseFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "tell on standard error what is sent and received, and of the connection")
}

// addWayFlags adds how a request gets to its origin.
func (o *options) addWayFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&o.insecure, "insecure", "k", false, "accept any certificate")
	f.StringVar(&o.cacert, "cacert", "", "trust the certificates in `FILE`, in PEM form, instead of the system's")
	f.StringVar(&o.noProxy, "noproxy", "", "go straight to these `HOSTS`, a list with commas; * is all")
	o.addTunnelFlags(cmd)
}

// addTunnelFlags adds how bytes get to a host.
func (o *options) addTunnelFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.proxies, "proxy", "x", nil, "go through the proxy at `URL` (http, https, socks5, socks5h); several: hop by hop")
	f.Var(&o.connectTimeout, "connect-timeout", "give finding the host, connecting and TLS `SECONDS` each")
}
