//go:build linux

package stage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gohttpx/httpx/bench/trial"
)

// A Server is a server's process.
type Server struct {
	Port  int
	Trust []byte // its certificate; nil: plain

	command *exec.Cmd
	stdin   io.Closer
}

// StartPlain starts the server of plain HTTP, StartTLS that of HTTPS.
func StartPlain() (*Server, error) { return startServer(rolePlain) }

// StartTLS starts the server of HTTPS.
func StartTLS() (*Server, error) { return startServer(roleTLS) }

func startServer(role string) (*Server, error) {
	command := exec.Command(self(), role)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startOn(serverCore, 0, command); err != nil {
		return nil, fmt.Errorf("the server: %w", err)
	}
	s := &Server{command: command, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		err = s.introduce(line)
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("the server said %q: %w", line, err)
	}
	return s, nil
}

// introduce reads what a server says when it is ready.
func (s *Server) introduce(line string) (err error) {
	port, certificate, _ := strings.Cut(strings.TrimSpace(line), " ")
	if s.Port, err = strconv.Atoi(port); err != nil || certificate == "-" {
		return err
	}
	s.Trust, err = base64.StdEncoding.DecodeString(certificate)
	return err
}

// Address is where the server listens: on each address of loopback, where it is
// the plain one. A fresh one has all its ports free.
func (s *Server) Address(host byte) string { return fmt.Sprintf("127.0.0.%d:%d", host, s.Port) }

// PID is the id of the server's process.
func (s *Server) PID() int { return s.command.Process.Pid }

// Stop ends the server: its standard input closes, and where that is not
// enough it is killed.
func (s *Server) Stop() {
	s.stdin.Close()
	timer := time.AfterFunc(2*time.Second, func() { s.command.Process.Kill() })
	defer timer.Stop()
	s.command.Wait()
}

// StartLarge starts that of large bodies.
func StartLarge() (*Server, error) { return startServer(roleLarge) }

// Try runs a trial in a process of its own, on the client's core.
func Try(ctx context.Context, spec *trial.Spec) (*trial.Result, error) {
	return try(ctx, spec, nil)
}

// try is Try in a process of the program, whose words may begin with those of
// one that it is run by; nil: this program.
func try(ctx context.Context, spec *trial.Spec, program []string) (*trial.Result, error) {
	var result trial.Result
	if err := play(ctx, &result, spec.Threads, program, roleTrial, spec); err != nil {
		return nil, fmt.Errorf("%s, %s: %w", spec.Client, spec.Scenario, err)
	}
	return &result, nil
}

// playLimit bounds every client's process.
const playLimit = 2 * time.Minute

// play runs a program, nil: this one, in a role, on the client's core, with a spec in JSON,
// and reads the JSON that it prints. threads is its GOMAXPROCS, 0: one, as the
// core is one.
func play(ctx context.Context, result any, threads int, program []string, role string, spec any) error {
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, playLimit)
	defer cancel()
	if program == nil {
		program = []string{self()}
	}
	words := append(slices.Clone(program), role, string(text))
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	if threads > 0 {
		command.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := startOn(clientCore, threads, command); err != nil {
		return err
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return json.Unmarshal(stdout.Bytes(), result)
}

// self is the path of this program.
func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(fmt.Sprintf("bench: where is this program: %v", err)) // never on Linux
	}
	return path
}
