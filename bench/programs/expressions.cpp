// A workload for captures: parses, simplifies and evaluates random arithmetic expressions by deep recursion,
// with standard containers, callbacks and templates in the stacks. Usage: expressions SECONDS
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

struct Expression;
using Node = std::unique_ptr<Expression>;
struct Expression {
  char op;
  double number;
  std::vector<Node> children;
};

template <typename Engine> Node grow(Engine &random, int depth) {
  auto node = std::make_unique<Expression>();
  if (depth == 0 || random() % 9 == 0) {
    node->op = 'n';
    node->number = double(random() % 1000) / 10;
    return node;
  }
  node->op = "+*-/"[random() % 4];
  for (int i = 0, n = 1 + random() % 3; i < n; i++) node->children.push_back(grow(random, depth - 1));
  return node;
}

double evaluate(const Expression &e) {
  if (e.op == 'n') return e.number;
  std::function<double(double, double)> apply;
  switch (e.op) {
  case '+': apply = [](double a, double b) { return a + b; }; break;
  case '*': apply = [](double a, double b) { return a * b; }; break;
  case '-': apply = [](double a, double b) { return a - b; }; break;
  default: apply = [](double a, double b) { return b == 0 ? a : a / b; };
  }
  double result = evaluate(*e.children[0]);
  for (size_t i = 1; i < e.children.size(); i++) result = apply(result, evaluate(*e.children[i]));
  return result;
}

void print(const Expression &e, std::ostream &out) {
  if (e.op == 'n') { out << e.number; return; }
  out << '(' << e.op;
  for (const auto &child : e.children) { out << ' '; print(*child, out); }
  out << ')';
}

struct Parser {
  const std::string &text;
  size_t at = 0;
  Node expression() { return text[at] == '(' ? list() : number(); }
  Node list() {
    auto node = std::make_unique<Expression>();
    node->op = text[++at];
    at++;
    while (text[at] == ' ') { at++; node->children.push_back(expression()); }
    at++;
    return node;
  }
  Node number() {
    auto node = std::make_unique<Expression>();
    node->op = 'n';
    size_t used = 0;
    node->number = std::stod(text.substr(at, 24), &used);
    at += used;
    return node;
  }
};

Node simplify(Node e) {
  for (auto &child : e->children) child = simplify(std::move(child));
  std::sort(e->children.begin(), e->children.end(), [](const Node &a, const Node &b) {
    return a->op != b->op ? a->op < b->op : a->number < b->number;
  });
  if (e->children.size() == 1 && e->op == '+') return std::move(e->children[0]);
  return e;
}

void census(const Expression &e, std::map<std::string, int> &counts) {
  counts[std::string(1, e.op) + std::to_string(e.children.size())]++;
  for (const auto &child : e.children) census(*child, counts);
}

int main(int argc, char **argv) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(argc > 1 ? atoi(argv[1]) : 5);
  std::mt19937 random(7);
  std::map<std::string, int> counts;
  double sum = 0;
  while (std::chrono::steady_clock::now() < end) {
    Node tree = grow(random, 18);
    std::ostringstream out;
    print(*tree, out);
    const std::string text = out.str();
    Parser parser{text};
    Node again = simplify(parser.expression());
    census(*again, counts);
    sum += evaluate(*again);
    static const std::regex numbers("[0-9]+\\.[0-9]");
    std::string start = text.substr(0, 4000);
    sum += std::distance(std::sregex_iterator(start.begin(), start.end(), numbers), std::sregex_iterator());
  }
  std::cout << sum << ' ' << counts.size() << '\n';
}
