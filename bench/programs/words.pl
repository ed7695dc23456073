# A workload for captures: recursion, hashes, sorting and regular expressions. Usage: perl words.pl SECONDS
use strict;
use warnings;

my $end = time + ($ARGV[0] // 5);
my $seed = 7;
sub random { $seed = ($seed * 1103515245 + 12345) & 0x7fffffff; return ($seed >> 8) % $_[0]; }
sub make { my $depth = shift; return $depth ? [map { make($depth - 1) } 0 .. random(3)] : join '', map { chr(97 + random(26)) } 0 .. random(9); }
sub show { my $tree = shift; return ref $tree ? '(' . join(' ', map { show($_) } @$tree) . ')' : $tree; }
sub count { my ($tree, $counts) = @_; if (ref $tree) { count($_, $counts) for @$tree } else { $counts->{$_}++ for $tree =~ /(..)/g } }

my $lines = 0;
while (time < $end) {
  my $tree = make(10);
  my %counts;
  count($tree, \%counts);
  my $text = show($tree);
  $text =~ s/([aeiou]+)/<$1>/g;
  $lines += grep { $counts{$_} > 1 } sort { $counts{$b} <=> $counts{$a} || $a cmp $b } keys %counts;
}
print "$lines\n";
