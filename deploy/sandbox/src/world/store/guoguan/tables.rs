//! The tables of 国管's database. It refuses floating-point columns.

use super::super::sheet::Table;

/// Tables that a nightly load fills.
pub(super) const LOADED: [&str; 11] = [
    "DWXX", "DWZH", "GRXX", "GRZHXX", "GRMX", "TQMX", "ZYMX", "DKHT", "CDRXX", "DKZH", "BLXX",
];

pub(super) const ZYRZ: Table = Table {
    name: "ZYRZ",
    columns: &[("BM", "CHAR(10)"), ("JZSJ", "CHAR(19)")],
    indexed: &[],
};

pub(super) const DWXX: Table = Table {
    name: "DWXX",
    columns: &[
        ("DWZH", "CHAR(20)"),
        ("TYSHXYDM", "CHAR(20)"),
        ("ZZJGDM", "CHAR(9)"),
        ("DWMC", "CHAR(255)"),
        ("DWJJLX", "CHAR(3)"),
        ("DWLSGX", "CHAR(2)"),
        ("DWSSHY", "CHAR(4)"),
        ("FRXM", "CHAR(30)"),
        ("FRZJLX", "CHAR(2)"),
        ("FRZJHM", "CHAR(20)"),
        ("JBRXM", "CHAR(30)"),
        ("JBRZJLX", "CHAR(2)"),
        ("JBRZJHM", "CHAR(20)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["TYSHXYDM"],
};

pub(super) const DWZH: Table = Table {
    name: "DWZH",
    columns: &[
        ("DWZH", "CHAR(20)"),
        ("TYSHXYDM", "CHAR(20)"),
        ("DWZHZT", "CHAR(2)"),
        ("DWJCBL", "CHAR(6)"),
        ("GRJCBL", "CHAR(6)"),
        ("JZNY", "CHAR(7)"),
        ("HJJBBZ", "CHAR(1)"),
        ("HJJZNY", "CHAR(7)"),
        ("CQHDND", "CHAR(4)"),
        ("DWXHRQ", "CHAR(10)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["TYSHXYDM"],
};

pub(super) const GRXX: Table = Table {
    name: "GRXX",
    columns: &[
        ("KHBH", "CHAR(20)"),
        ("XINGMING", "CHAR(30)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("YZJHM", "CHAR(20)"),
        ("XINGBIE", "CHAR(1)"),
        ("CSNY", "CHAR(7)"),
        ("HYZK", "CHAR(2)"),
        ("XUELI", "CHAR(3)"),
        ("ZHIYE", "CHAR(2)"),
        ("HKSZD", "CHAR(6)"),
        ("POXM", "CHAR(30)"),
        ("POZJLX", "CHAR(2)"),
        ("POZJHM", "CHAR(20)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["ZJHM"],
};

pub(super) const GRZHXX: Table = Table {
    name: "GRZHXX",
    columns: &[
        ("GRZH", "CHAR(20)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("XINGMING", "CHAR(30)"),
        ("DWZH", "CHAR(20)"),
        ("YWZL", "CHAR(2)"),
        ("GRZHZT", "CHAR(2)"),
        ("KHRQ", "CHAR(10)"),
        ("JZNY", "CHAR(7)"),
        ("GRJCJS", "CHAR(18)"),
        ("GRYJCE", "CHAR(18)"),
        ("DWYJCE", "CHAR(18)"),
        ("GRZHYE", "CHAR(18)"),
        ("LXJCYS", "INTEGER"),
        ("LJJCYS", "INTEGER"),
        ("FCRQ", "CHAR(10)"),
        ("DJBZ", "CHAR(1)"),
        ("XHRQ", "CHAR(10)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["ZJHM", "GRZH", "DWZH"],
};

pub(super) const GRMX: Table = Table {
    name: "GRMX",
    columns: &[
        ("YWLSH", "CHAR(20)"),
        ("GRZH", "CHAR(20)"),
        ("DWZH", "CHAR(20)"),
        ("GJHTQYWLX", "CHAR(2)"),
        ("HBJNY", "CHAR(10)"),
        ("JZRQ", "CHAR(10)"),
        ("FSE", "CHAR(18)"),
        ("GRJCJS", "CHAR(18)"),
        ("CZBZ", "CHAR(2)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["GRZH"],
};

pub(super) const TQMX: Table = Table {
    name: "TQMX",
    columns: &[
        ("YWLSH", "CHAR(20)"),
        ("GRZH", "CHAR(20)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("YWLX", "CHAR(2)"),
        ("TQYY", "CHAR(2)"),
        ("TQSX", "CHAR(4)"),
        ("TQFS", "CHAR(2)"),
        ("FSE", "CHAR(18)"),
        ("SQRQ", "CHAR(10)"),
        ("JZRQ", "CHAR(10)"),
        ("SPZT", "CHAR(2)"),
        ("GFHTBH", "CHAR(30)"),
        ("BDCDYH", "CHAR(28)"),
        ("FWZL", "CHAR(255)"),
        ("ZLHTBH", "CHAR(30)"),
        ("ZLQSRQ", "CHAR(10)"),
        ("ZLZZRQ", "CHAR(10)"),
        ("JKHTBH", "CHAR(30)"),
        ("GTTQRZJHM", "CHAR(20)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["ZJHM", "GFHTBH", "BDCDYH"],
};

pub(super) const ZYMX: Table = Table {
    name: "ZYMX",
    columns: &[
        ("LXHBH", "CHAR(20)"),
        ("ZYFW", "CHAR(2)"),
        ("JYLX", "CHAR(1)"),
        ("LXHZT", "CHAR(2)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("ZCJGBH", "CHAR(15)"),
        ("ZRJGBH", "CHAR(15)"),
        ("YGRZH", "CHAR(20)"),
        ("GRZH", "CHAR(20)"),
        ("ZYJE", "CHAR(18)"),
        ("JZNY", "CHAR(7)"),
        ("HJBZ", "CHAR(1)"),
        ("DKCS", "INTEGER"),
        ("DKBZ", "CHAR(1)"),
        ("PTPDBZ", "CHAR(1)"),
        ("LXHLRRQ", "CHAR(10)"),
        ("BJRQ", "CHAR(10)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["ZJHM"],
};

pub(super) const DKHT: Table = Table {
    name: "DKHT",
    columns: &[
        ("DKSQBH", "CHAR(30)"),
        ("JKHTBH", "CHAR(30)"),
        ("JKRZJLX", "CHAR(2)"),
        ("JKRZJH", "CHAR(20)"),
        ("SQRQ", "CHAR(10)"),
        ("DKZT", "CHAR(2)"),
        ("DKLX", "CHAR(2)"),
        ("HTDKJE", "CHAR(18)"),
        ("DKQS", "INTEGER"),
        ("JKHTQDRQ", "CHAR(10)"),
        ("DKHKFS", "CHAR(2)"),
        ("DKDBLX", "CHAR(2)"),
        ("GFLX", "CHAR(2)"),
        ("SFST", "CHAR(1)"),
        ("GFHTBH", "CHAR(30)"),
        ("BDCDYH", "CHAR(28)"),
        ("FWZL", "CHAR(255)"),
        ("FWXZ", "CHAR(2)"),
        ("FWZJ", "CHAR(18)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["JKRZJH", "DKSQBH", "JKHTBH", "GFHTBH", "BDCDYH"],
};

pub(super) const CDRXX: Table = Table {
    name: "CDRXX",
    columns: &[
        ("CDRBH", "CHAR(32)"),
        ("DKSQBH", "CHAR(30)"),
        ("CDJS", "CHAR(1)"),
        ("CDGX", "CHAR(2)"),
        ("XINGMING", "CHAR(30)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("GRZH", "CHAR(20)"),
        ("JCZXBH", "CHAR(6)"),
        ("YSR", "CHAR(18)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["ZJHM", "DKSQBH"],
};

pub(super) const DKZH: Table = Table {
    name: "DKZH",
    columns: &[
        ("DKZH", "CHAR(30)"),
        ("JKHTBH", "CHAR(30)"),
        ("DKFFE", "CHAR(18)"),
        ("DKFFRQ", "CHAR(10)"),
        ("DKYE", "CHAR(18)"),
        ("DQYQQS", "INTEGER"),
        ("LJYQQS", "INTEGER"),
        ("DKFXDJ", "CHAR(2)"),
        ("DKJQRQ", "CHAR(10)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["JKHTBH"],
};

pub(super) const BLXX: Table = Table {
    name: "BLXX",
    columns: &[
        ("BLXXBH", "CHAR(32)"),
        ("ZTLX", "CHAR(1)"),
        ("ZTMC", "CHAR(255)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("TYSHXYDM", "CHAR(20)"),
        ("BLXXLX", "CHAR(2)"),
        ("XZSX", "CHAR(16)"),
        ("QSRQ", "CHAR(10)"),
        ("ZZRQ", "CHAR(10)"),
        ("BLXXZT", "CHAR(1)"),
        ("GLTYSHXYDM", "CHAR(20)"),
        ("AH", "CHAR(60)"),
        ("GXRQ", "CHAR(10)"),
    ],
    indexed: &["ZJHM", "TYSHXYDM"],
};

pub(super) const YWAJ: Table = Table {
    name: "YWAJ",
    columns: &[
        ("AJBH", "CHAR(20)"),
        ("XH", "INTEGER"),
        ("YWSX", "CHAR(2)"),
        ("SQBH", "CHAR(20)"),
        ("SQBZ", "CHAR(1)"),
        ("AJZT", "CHAR(1)"),
        ("SLRQ", "CHAR(10)"),
        ("JS", "CHAR(1)"),
        ("ZJLX", "CHAR(2)"),
        ("ZJHM", "CHAR(20)"),
        ("XINGMING", "CHAR(30)"),
        ("BDCDYH", "CHAR(28)"),
        ("GFHTBH", "CHAR(30)"),
        ("SPR", "CHAR(20)"),
        ("RWFW", "CHAR(20)"),
    ],
    indexed: &["AJBH"],
};
