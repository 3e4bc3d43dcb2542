//! The four centers by name and code. It refuses to know a fifth.

/// One of the four centers of the sample world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// 北京住房公积金管理中心.
    City,
    /// 中直分中心.
    Zhongzhi,
    /// 国管分中心.
    Guoguan,
    /// 铁路分中心.
    Tielu,
}

impl Node {
    /// All four, in the order of their codes.
    pub const ALL: [Node; 4] = [Node::City, Node::Zhongzhi, Node::Guoguan, Node::Tielu];

    /// The node id used on the wire and as a folder name.
    pub const fn id(self) -> &'static str {
        match self {
            Node::City => "city",
            Node::Zhongzhi => "zhongzhi",
            Node::Guoguan => "guoguan",
            Node::Tielu => "tielu",
        }
    }

    /// The center code of the catalog (`zxbh`).
    pub const fn center_code(self) -> &'static str {
        match self {
            Node::City => "C11000",
            Node::Zhongzhi => "C11001",
            Node::Guoguan => "C11002",
            Node::Tielu => "C11003",
        }
    }

    /// The center's Chinese name.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Node::City => "北京住房公积金管理中心",
            Node::Zhongzhi => "中直分中心",
            Node::Guoguan => "国管分中心",
            Node::Tielu => "铁路分中心",
        }
    }

    /// The classes this center's own systems hold, in order.
    pub const fn classes(self) -> &'static [u8] {
        match self {
            Node::City | Node::Zhongzhi | Node::Guoguan => &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            Node::Tielu => &[1, 3, 4, 5, 6, 8, 10],
        }
    }

    /// The classes that this center answers by asking an outside office, in order.
    pub const fn outside_classes(self) -> &'static [u8] {
        match self {
            Node::City => &[12, 13, 14],
            Node::Zhongzhi | Node::Guoguan | Node::Tielu => &[],
        }
    }

    /// First letters of this center's case and account numbers.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Node::City => "CT",
            Node::Zhongzhi => "ZZ",
            Node::Guoguan => "GG",
            Node::Tielu => "TL",
        }
    }

    /// One digit that keeps numbers of different centers apart.
    pub(crate) const fn digit(self) -> u64 {
        match self {
            Node::City => 1,
            Node::Zhongzhi => 2,
            Node::Guoguan => 3,
            Node::Tielu => 4,
        }
    }
}
