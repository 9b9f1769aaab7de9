import { expect, test } from "vitest";
import { compileTemplate } from "./template.ts";

const map = (entries: Record<string, unknown>): unknown => Object.assign(Object.create(null), entries);

const DATA = {
  ID: "abc",
  Count: 3,
  Running: true,
  Nothing: null,
  List: ["a", "b"],
  State: { Status: "running", Pid: 7 },
  Labels: map({ app: "web", "com.example.x": "1" }),
  Ports: map({ "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] }),
  Networks: map({ mydocker0: { IPAddress: "172.29.0.2" } }),
  Lazy: () => "called",
  Label: (key: unknown) => `label ${String(key)}`,
};

test.each([
  ["{{.ID}} {{.State.Pid}}", "abc 7"],
  ["{{ .ID }}\\t{{.Count}}\\n", "abc\t3\n"],
  ["{{json .State}}", '{"Status":"running","Pid":7}'],
  ["{{.State | json}}", '{"Status":"running","Pid":7}'],
  ["{{json .Lazy}}{{.Lazy}}", '"called"called'],
  ['{{.Label "a b"}}', "label a b"],
  ["{{range .List}}<{{.}}>{{end}}", "<a><b>"],
  ["{{range $i, $x := .List}}{{$i}}={{$x}} {{end}}", "0=a 1=b "],
  ["{{range .NoMap}}x{{else}}none{{end}}", undefined],
  ["{{range $p, $c := .Ports}}{{$p}}->{{(index $c 0).HostPort}}{{end}}", "80/tcp->8080"],
  ['{{(index (index .Ports "80/tcp") 0).HostPort}}', "8080"],
  ["{{range .Networks}}{{.IPAddress}}{{end}}", "172.29.0.2"],
  ['{{index .Labels "com.example.x"}}', "1"],
  ["{{.Labels.missing}}", "<no value>"],
  ["{{if .Running}}up{{else}}down{{end}}", "up"],
  ["{{if not .Running}}a{{else if eq .Count 3}}b{{else}}c{{end}}", "b"],
  ["{{with .State}}{{.Status}}{{end}}", "running"],
  ["{{$x := .ID}}{{$x}}{{$.Count}}", "abc3"],
  ["a {{- .ID -}} b", "aabcb"],
  ['{{upper .ID}}{{join .List ","}}{{len .List}}', "ABCa,b2"],
  ['{{printf "%-5s|%d" .ID .Count}}', "  abc|3"],
  ["{{.List}} {{.Nothing}} {{.State}}", "[a b] <nil> map[Pid:7 Status:running]"],
  ["{{/* nothing */}}x", "x"],
  ["no action", "no action"],
])("%s", (template, expected) => {
  if (expected === undefined) expect(() => compileTemplate(template)(DATA)).toThrow(/no such field/);
  else expect(compileTemplate(template)(DATA)).toBe(expected);
});

test.each(["{{.ID", "{{if .ID}}x", "{{end}}", "{{.ID | }}", "{{(.ID}}", "{{%}}"])(
  "%s cannot be read: exit code 64",
  (template) => {
    expect(() => compileTemplate(template)).toThrow(expect.objectContaining({ exitCode: 64 }));
  },
);

test.each(["{{.Foo}}", "{{.State.Foo}}", "{{foo .ID}}", "{{$y}}", "{{index .List 5}}", "{{.ID.constructor}}"])(
  "%s asks for what there is none of: exit code 1",
  (template) => {
    const fill = compileTemplate(template);
    expect(() => fill(DATA)).toThrow(expect.objectContaining({ exitCode: 1 }));
  },
);
