import { gunzipSync } from "node:zlib";

/**
 * Small programs with debug information of DWARF 4 and 5, so that machines without a compiler have some too. Built from
 *
 * ```c
 * static inline __attribute__((always_inline)) int leaf(int x) { volatile int y = x; return y * 3; }
 * static inline __attribute__((always_inline)) int middle(int x)
 * {
 *   return leaf(x) +
 *          leaf(x + 1);
 * }
 * __attribute__((noinline)) int work(int n)
 * {
 *   int sum = 0;
 *   for (int i = 0; i < n; i++) sum += middle(i);
 *   return sum;
 * }
 * void _start(void) { work(7); __asm__ volatile("mov $60, %eax; xor %edi, %edi; syscall"); }
 * ```
 *
 * by gcc 12.2 with `-O2 -g -gdwarf-4 -nostdlib -static -fno-asynchronous-unwind-tables -fdebug-prefix-map=$PWD=/src
 * -Wl,--build-id=0xab01ff04`, and the same with 5 in place of 4.
 */
const PACKED: Readonly<Record<4 | 5, string>> = {
  4: "H4sIAAAAAAACA+1ZzW8bRRSf5/WsHW9iO3HbJEpLjJp+8OHFtkzpBylWUiiN0lKqBApSMWt7nVrY68het4mQGhRAKI2QmkPVC7RCXCqKOEJvVOoBekHiX0BC4kpPFVQyb9Yz2/XSbXLggrRPmX0f835vZmfnzXpfVl6dfS0AQAQFyFHCtHw8b+l5bl8asV3QdpAE8RojUcs3SJyU7+E5HlpwEu8yplKHTvh4gs9xs+DCL8hbksdLQr6Hb+Pugou5vfm7WZbJ1ilOeseTsB0/NU9uQSdIfPLJJ5988sknn3zyySeffPLpf0afdi7lMncy92Ljn1j62rGJBx/fgfW5iQcoPlw3Jx7C/c+3nYFfD/3U/m3t57ux8Y+YX+aeJZMfQ6j88X2n07n9MjN3YvTu8enpw8n9x/RiVTOSmayaVdOpTO65sl7MZNuZZ7iJPG+VGxiFH/vp76YvQXzOh2EPXvt34SXqAbQCw4As6hiiHgBfvM++5me4mSlBmA+0WTmClTggNP4WPAo5acOYVTawfz+TYD7UatcJ9IUsO/ey7iNUJRDpZ+YCqztg6yuiEucRQQiioAKRvZEWdEsifyFTLjm8pTTrCEZ2oi2yjpfT2GaxhVlH/1WUAhuLOAQDjYkhhBAWQ9CIBV7D9hnYOJP1DQRp1TBJlE04xh4mBLJMlqxpLKE6aS3IYIL1QbeP2eEIE4eWUTp5zqrGwCDsiSYUKToWHYShUHwYB1HhlVEpelg5ohxS9o0yc37k2tQoYDRpbRUQkkExeHkVSGBkYwoXhfZCTiR6QDIlUrjbdyIRQPdQzmkY/mEKRw0rMI+sbxcGPwO3pxQW4qzyjvK2gstISUY4KrbH/HC3n43Rn2MeGHtggijKUUXCdYy+SE5gV0wF59SSln/cOSdcKbcPrlKux4N8Y1WVxq0Vhb+jA4zxLQCkVddqNbVkPTkKpC8gNuMolRIJGga6HWi/PENDKTou36BZaQmotI1mYzQP9KQMdA47I/IOeu7gDM2i7jCfk2GGDm2nu9+jY7LKIoE8q9LQCpXkNMoJmpAXmPmp6/Rd+UoASLc4yPIHk7yD+lK8PxS+Ar11NnfCCLs7/wotU2uapF4tl2s6eaHVLJGarlXIxUbzA/vOj5+aT05nXuIHRTJVN9uGPrmgG3qzWkJVa5bOTy4dPJA6kEumFvCvfFFrVlKovJFNpipGI6W1lo3S+WbDaLRbqbZxsWqUU6ZWrOktfuQQZ8pa50X6hpAzIm3IGSFOOtzc5xKvBzqKqF6Bh+3Ap4U4brttLAr5Wc4lsrhyQyjpR9i0a56INbcyUeiZ2BYns9s5GXdE6cnxxhzx/n2ej7lGQKDXW0ocsKIqq3r4xV27zz2RrVO3rv1nx21n75shvCH3vu6zRse9lcz3+G/3sO/0sD/N47vzyc6NQqHYavEsKuhlzdSQGeVuAhG1tVzHfY7cbHb5eSEZDVNXF4y2WmxXa+VUtUxUU18yiVpq1Os6vgJUfEG3FwpaUzMWME+4WjUqDburWGzqF4RWqxq6kCtNrW4rOKLt0ygJkYf9j4g90ZD9A8L5fwDXudSbpDap/BnLrvNLbKE5j50lKMfxaZd9jjvue2zuPeKTDtlJH8Z7092NFzTrgb/F8V/Bk/FnPfCzQ/wM2gRf8cBfSHT5d5vMv+mB388f3Osue9ilr3is/yLHr26y/pc9xr/P8d9ucv9XPfDXdxD7h+WT8ODYuz3Ej6ybXB3gfuL+RxznjfQY+E2O37vJ+IMe+F84/utN8P8ADF5IazgcAAA=",
  5: "H4sIAAAAAAACA+1Y3W/bVBS/1/Z10rht0qafKyOpWrZSiImjbHQdHdE66Ic6GKUVZWJUTuKmEYlTOQ5th1iQAE1lmtS9ITRRHhF7ZxM8MGkPsEf+BaRJvLKnSUwK5zrXqWMagsQTkn+qfT7u+Z17fb+inuprS69zGCMbHDqHqJUKpSw7xfwTg40Q8E0hAd4hFLRiBeREqkkmWWpbAskCNYnDRqw/W64wty3tOIE9UZYvilNNso+F29Ie21uPzKyI/j1CqLk/Hp65N1bRHVwjyIMHDx48ePDgwYMHDx48ePif4fPataRyX3kYjHxm2XsXxp98eh/fWBl/AurTG+b4U/z4Zt8y/vXMz5Xf9n55EIx8QuOUh5aOfvKB8fv3tVrt3ivUXQuSB3Ozs9PRiQtaOq/qUSUhJ+R4TEm+kNXSSqKiPM9c6EWr3EDhP/Jffze+xLRkgK1gH+32eIN7BNPy4y7RLmTYBQF8W4V3xyJzUyOAV7kKSClP232Rt/FhypkGjXo7dWifoBpQypUi6vBRoxcCOmmRgL64PAp0Um8CjHFaPlgHI8TyYVsZYokDJ/AWtKdBfQ+erquOYD5MGULgGO3wOrx2wa7YDWQfPNytLeiBkkbsHmyFzSoiAYt7na72Ic2kTd0CyesmCtLhhnRK5hJU52lCcQdxM9Zc9GRpE643gRuftb56F3wXL1uFGEyQEuYG754fhNxJxPunR/FZ6Yy0YDt5Ca+CEI5jJbyM752XenCvb20Uvyu9I8GYkpQOUyISJxfWuQc/1x2W+MhIhBJCkMIv41eH+e5picacHKbu1NDVYQzRHfP4Y1wFJbCAuKFrkE9qDl4IO8M7rc4kNk6I7mqMbnVwTaJDo2Hd40iSzkk8zGfwFKKjCsnYmTNqhfW4nTBDSUcHMEt3raKXH01a04n/7O6iAtfLYaBErM3N4QgX5A53MsGog7P34zDhw2Hix6Qfk05xkfhiJCIekAS/gwnfRxJBksLkoojJCjQGxAFyZWqRJMB2uK+IeJH09pOx98mIKNNMWFySia9KeDEOepiExRx1P/s1uSzucxjGRo8PHPIa6DuhTp9/HzfX2dznxfa7j9962VQNk5bSorPKy+wqiMaKZkXXZnKarhn5DJiqkdmc2Zk6HTudjMZy8JfdVo2N2Klo7M1ENLahl2JqeVfPbBolvVQpxyr6dl7Pxkw1XdDKqKCpG2i7ZHyAivlstqChclEtFOQMeqlsZNAeWwTUuH4E5OfiB4JfwcuCMgOqXTVkdVG7fRBfEgYjcOKEyCS/VT0QJuPgiStwmBiPxTsjx2ikVT5k7hHryCJhZAxfQgOOwQhIFEIyEkJ9ENTu3q7XXf+ouf3diF5H3N/mvcOqacL3RlNN8f0t/M+08I+y/O71bszx+nq6XGarvK5lVVMFoWfr64Hk8m4RVgmkadTlpq3pJVOTc3pFTlfyhWwsn0Wyqe2YSM6UikUNbikZfkAquXXVUPUcrDIz8/pGqdGUThvah7ZVyOuarW8YarFhQI/OmCa7lCnky2Yju6Hn6vZ/BV1QX2PHOevWrnPEILhsma256DpvdqHa/aMZctlJxo+7/Css8OQR+8spZxy6Ex8xfrwF38ZSC/4dxr+N/5m/1oI/11uXJ9rwN1rwi+G6/LHN+I0W/Am2cPMuv99lV1vM/xbjV9rM/xct+I8Yv6sN/6sW43/M+DfbfP93LfjV/ro81oaPHXvfiW8Y/1vH/cU55m/IcX/xR/DnB9j6t+m/pwVfZ/wf2vD/AsZ+VLgoGwAA",
};

export function inlinedElf(version: 4 | 5): Uint8Array {
  return Uint8Array.from(gunzipSync(Buffer.from(PACKED[version], "base64")));
}
